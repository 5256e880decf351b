-- in_job(fn, ...): runs a function as a job, within ten seconds of real time, and returns what it
-- returns or raises what it raises.
require "reel.core"
local job = require "reel.core.job"

local LIMIT <const> = 10 -- seconds

return function(fn, ...)
  local each = job.spawn(fn, ...)
  local deadline = os.time() + LIMIT -- the timer of the join goes by the clock that a spec moves
  while not each:join(LIMIT) do
    if os.time() >= deadline then
      each:cancel()
      error("the job did not end in time", 2)
    end
  end
  return each:result()
end
