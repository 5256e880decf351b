-- Milliseconds since the epoch that never run backwards: the wall clock is read once, and the
-- monotonic clock counts on from there.
local job = require "reel.core.job"

local clock = {}

local boot_ms

---@return integer
function clock.now_ms()
  local uptime_ms = math.floor(job.now() * 1000)
  boot_ms = boot_ms or os.time() * 1000 - uptime_ms
  return boot_ms + uptime_ms
end

return clock
