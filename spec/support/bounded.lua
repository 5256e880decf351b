-- bounded(it): an `it` whose tests run as a job and fail after ten seconds, so that a wait without
-- end is a failure of one test and not the end of the run.
local in_job = require "support.in_job"

return function(it)
  return function(title, test)
    it(title, function() in_job(test) end)
  end
end
