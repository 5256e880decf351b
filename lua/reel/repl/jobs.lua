-- The background jobs of a session: those that its lines have spawned, and lines that were left
-- while they waited. They belong to the session, not to the line that began them.
local flow = require "reel.jobs.flow"
local job = require "reel.core.job"

local Jobs = {}
local jobs_mt = { __name = "reel.repl.Jobs", __index = Jobs }

local jobs = {}

---@class reel.repl.Entry
---@field number integer
---@field job reel.Job
---@field source string   of the line that began it
---@field began number    time of job.now()

-- The sleep lets other jobs that wait for this one observe its failure before on_end reports it.
local function follow(self, entry)
  entry.job:join()
  self._running[entry.number] = nil
  job.sleep(0)
  self._on_end(entry)
  self._followed = self._followed - 1
  self._ended:fire()
end

--- Adds a job and follows it to its end.
---@param each reel.Job
---@param source string
---@return reel.repl.Entry
function Jobs:add(each, source)
  self._count, self._followed = self._count + 1, self._followed + 1
  local entry = { number = self._count, job = each, source = source, began = job.now() }
  self._running[entry.number] = entry
  job.spawn(follow, self, entry):detach()
  return entry
end

--- The jobs that have not ended, in the order in which they began.
---@return reel.repl.Entry[]
function Jobs:list()
  local list = {}
  for _, entry in pairs(self._running) do list[#list + 1] = entry end
  table.sort(list, function(a, b) return a.number < b.number end)
  return list
end

--- The job of a number; nil when there is none or it has ended.
---@return reel.repl.Entry?
function Jobs:get(number)
  return self._running[number]
end

--- Waits until all jobs have ended and on_end was called for each of them.
---@async
function Jobs:wait()
  while self._followed > 0 do self._ended:wait() end
end

--- Cancels all jobs.
function Jobs:cancel()
  for _, entry in ipairs(self:list()) do entry.job:cancel() end
end

--- Changes reel.spawn so that jobs spawned by a line are added here.
---@param reel table                               the module `reel`
---@param source_of fun(job: reel.Job?): string?   the source of the line that this job runs
function Jobs:adopt_spawned(reel, source_of)
  reel.spawn = function(fn, ...)
    local each = flow.spawn(fn, ...)
    local source = source_of(job.current())
    if source then self:add(each:detach(), source) end
    return each
  end
end

--- An empty list of jobs. on_end(entry) is called after a job has ended.
---@param on_end fun(entry: reel.repl.Entry)
---@return table
function jobs.new(on_end)
  return setmetatable({
    _running = {}, _count = 0, _followed = 0, _ended = job.signal(), _on_end = on_end,
  }, jobs_mt)
end

return jobs
