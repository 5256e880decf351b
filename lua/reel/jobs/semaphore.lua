-- A counting semaphore: at most `limit` jobs are inside at once. Other jobs wait, and enter in the
-- order in which they came.
local defer = require "reel.base.defer"
local job = require "reel.core.job"

local semaphore = {}

-- The jobs that wait are waiting[first] to waiting[last]. A job that gave up is marked and skipped
-- later, since removing it from the middle would take time in proportion to the queue.
local Semaphore = {}
Semaphore.__index = Semaphore

--- A semaphore that lets at most `limit` jobs in at once.
---@param limit integer   1 or more
function semaphore.new(limit)
  return setmetatable({ limit = limit, inside = 0, waiting = {}, first = 1, last = 0 }, Semaphore)
end

local function let_waiting_in(self)
  while self.inside < self.limit and self.first <= self.last do
    local waiter = self.waiting[self.first]
    self.waiting[self.first] = nil
    self.first = self.first + 1
    if not waiter.has_given_up then
      self.inside = self.inside + 1
      waiter.is_let_in = true
      waiter.signal:fire()
    end
  end
end

-- Called when a job stops waiting, also by a cancel. A cancelled job that was let in at the same
-- moment leaves at once, which lets the next job in.
local function stop_waiting(self, waiter)
  if waiter.has_entered then return end
  if waiter.is_let_in then return self:leave() end
  waiter.has_given_up = true
  while self.first <= self.last and self.waiting[self.last].has_given_up do
    self.waiting[self.last] = nil
    self.last = self.last - 1
  end
end

--- Waits until the job may enter. The job must call `:leave()` afterwards.
---@async
function Semaphore:enter()
  if self.inside < self.limit then
    self.inside = self.inside + 1
    return
  end
  local waiter = { signal = job.signal() }
  local _ <close> = defer(stop_waiting, self, waiter)
  self.last = self.last + 1
  self.waiting[self.last] = waiter
  while not waiter.is_let_in do waiter.signal:wait() end
  waiter.has_entered = true
end

--- Leaves the semaphore and lets the next job in.
function Semaphore:leave()
  self.inside = self.inside - 1
  let_waiting_in(self)
end

--- Changes how many jobs may be inside. Jobs that are inside stay there and count.
---@param limit integer   1 or more
function Semaphore:set_limit(limit)
  self.limit = limit
  let_waiting_in(self)
end

--- Enters, calls fn, leaves, and returns what fn returned.
---@async
function Semaphore:run(fn, ...)
  self:enter()
  local _ <close> = defer(self.leave, self)
  return fn(...)
end

return semaphore
