-- The time of specs. Timers, job.now() and the journal's rate window go by a clock that a spec
-- moves ahead instead of waiting. os.time(), libcurl's timeouts and other processes go by the
-- system's.
require "reel.core"
local job = require "reel.core.job"

local clock = {}

local LIMIT <const> = 8 -- seconds of real time
local ROUNDS <const> = 5
local ROUNDING <const> = 0.001 -- a timer is set to whole milliseconds, and one more

--- Lets all other jobs run until they wait, also those that they start or wake, so many deep, and
--- the I/O thread begin what they wait for.
function clock.settle()
  for _ = 1, ROUNDS do job.sleep(0) end
end

--- Moves time ahead. When this returns, the waits that were due by then have ended, in their order,
--- and their jobs have run on to their next wait, which begins at the new time.
function clock.advance(seconds)
  clock.settle()
  job.advance(seconds + ROUNDING)
  clock.settle()
end

--- Waits until each of these jobs waits for something, however long it takes to get there.
function clock.wait_until_parked(...)
  local deadline = os.time() + LIMIT
  for _, each in ipairs { ... } do
    while each.status ~= "waiting" do
      if os.time() > deadline then error("the job is " .. each.status, 2) end
      job.sleep(0)
    end
  end
end

return clock
