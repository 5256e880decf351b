-- The jobs of a session: what its lines have spawned, and lines that go on behind the prompt. They
-- belong to the session, not to the line that began them.
local flow = require "reel.jobs.flow"
local job = require "reel.core.job"

local Jobs = {}
local jobs_mt = { __name = "reel.repl.Jobs", __index = Jobs }

local jobs = {}

---@class reel.repl.Entry
---@field number integer
---@field job reel.Job
---@field source string   the line
---@field began number

-- A wait or another job may take the failure up in the same turn.
local function follow(self, entry)
  entry.job:join()
  self._living[entry.number] = nil
  job.sleep(0)
  self._on_end(entry)
  self._open = self._open - 1
  self._ended:fire()
end

--- Takes a job on.
---@param each reel.Job
---@param source string
---@return reel.repl.Entry
function Jobs:add(each, source)
  self._count, self._open = self._count + 1, self._open + 1
  local entry = { number = self._count, job = each, source = source, began = job.now() }
  self._living[entry.number] = entry
  job.spawn(follow, self, entry):detach()
  return entry
end

--- Those that have not ended, in the order in which they began.
---@return reel.repl.Entry[]
function Jobs:list()
  local list = {}
  for _, entry in pairs(self._living) do list[#list + 1] = entry end
  table.sort(list, function(a, b) return a.number < b.number end)
  return list
end

--- The living one of a number.
---@return reel.repl.Entry?
function Jobs:get(number)
  return self._living[number]
end

--- Waits until all have ended and on_end has heard of it.
---@async
function Jobs:wait()
  while self._open > 0 do self._ended:wait() end
end

function Jobs:cancel()
  for _, entry in ipairs(self:list()) do entry.job:cancel() end
end

--- Has reel.spawn give the jobs that a line spawns to the session.
---@param reel table                                   the module
---@param source_of fun(job: reel.Job?): string?   the line that this job runs
function Jobs:adopt_spawned(reel, source_of)
  reel.spawn = function(fn, ...)
    local each = flow.spawn(fn, ...)
    local source = source_of(job.current())
    if source then self:add(each:detach(), source) end
    return each
  end
end

--- No jobs yet. on_end(entry) is called after one has ended.
---@param on_end fun(entry: reel.repl.Entry)
---@return table
function jobs.new(on_end)
  return setmetatable({
    _living = {}, _count = 0, _open = 0, _ended = job.signal(), _on_end = on_end,
  }, jobs_mt)
end

return jobs
