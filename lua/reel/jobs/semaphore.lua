-- A counting semaphore: at most `limit` jobs are inside at once, in the order in which they came.
local defer = require "reel.base.defer"
local job = require "reel.core.job"

local semaphore = {}

-- The jobs that wait are waiting[first] to waiting[last]. One that gave up is marked and passed
-- over later, since taking it out of the middle would cost time in proportion to the queue.
local Semaphore = {}
Semaphore.__index = Semaphore

--- A semaphore that lets `limit` jobs in at once.
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

-- A job that is cancelled while it waits gives up; one that was let in at the same moment passes
-- its place on.
local function stop_waiting(self, waiter)
  if waiter.has_entered then return end
  if waiter.is_let_in then return self:leave() end
  waiter.has_given_up = true
  while self.first <= self.last and self.waiting[self.last].has_given_up do
    self.waiting[self.last] = nil
    self.last = self.last - 1
  end
end

--- Waits until the job may go in. It leaves with `:leave()`.
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

function Semaphore:leave()
  self.inside = self.inside - 1
  let_waiting_in(self)
end

--- Changes how many jobs may be inside. Those that are inside stay, and count.
---@param limit integer   1 or more
function Semaphore:set_limit(limit)
  self.limit = limit
  let_waiting_in(self)
end

--- Calls fn inside and returns what it returns.
---@async
function Semaphore:run(fn, ...)
  self:enter()
  local _ <close> = defer(self.leave, self)
  return fn(...)
end

return semaphore
