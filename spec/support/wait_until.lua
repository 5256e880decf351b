-- wait_until(holds): waits until a condition holds that another process or thread brings about,
-- thirty seconds of real time at most. For what jobs of this process do see support/clock.lua.
require "reel.core"
local job = require "reel.core.job"

local LIMIT <const> = 30 -- seconds, for slow machines
local PAUSE <const> = 0.005

return function(holds)
  local deadline = os.time() + LIMIT
  while not holds() do
    if os.time() > deadline then error("the condition did not come to hold", 2) end
    job.sleep(PAUSE)
  end
end
