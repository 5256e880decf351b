-- fresh_reel(settings): the module as a new process would see it, without the tasks, calls and
-- settings of the test before.
local function is_stale(name)
  return name == "reel" or name:find("^reel%.") ~= nil and not name:find("^reel%.core")
end

return function(settings)
  for name in pairs(package.loaded) do
    if is_stale(name) then package.loaded[name] = nil end
  end
  local reel = require "reel"
  if settings then reel.configure(settings) end
  return reel
end
