-- in_job(fn, ...): runs a function as a job, within ten seconds, and returns what it returns or
-- raises what it raises.
require "reel.core"
local job = require "reel.core.job"

return function(fn, ...)
  local each = job.spawn(fn, ...)
  if not each:join(10) then
    each:cancel()
    error("the job did not end in time", 2)
  end
  return each:result()
end
