-- A library at a fake vendor of its own:
--
--   local start = require "support.with_vendor"(function(stop) finally(stop) end)
--   local reel, service = start(options, settings)   -- of vendor.start and reel.configure
local fresh_reel = require "support.fresh_reel"
local vendor = require "support.vendor"

return function(at_end)
  return function(options, settings)
    local service = vendor.start(options)
    at_end(function() service:stop() end)
    return fresh_reel(service:settings(settings), service.folder), service
  end
end
