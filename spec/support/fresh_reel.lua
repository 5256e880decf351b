-- fresh_reel(settings, folder): the module as a new process would see it, without the tasks, calls
-- and settings of the test before, for a script in `folder`. Its log is silent until a test sets a
-- sink.
local function is_stale(name)
  return name == "reel" or name:find("^reel%.") ~= nil and not name:find("^reel%.core")
end

return function(settings, folder)
  for name in pairs(package.loaded) do
    if is_stale(name) then package.loaded[name] = nil end
  end
  local reel = require "reel"
  require("reel.base.log").set_sink(function() end)
  if folder then require("reel.config").start({}, folder) end
  if settings then reel.configure(settings) end
  return reel
end
