-- A semaphore: a limited number of jobs hold a slot at a time; others wait, first in, first out.
--
--   local slot <close> = slots:enter()
local defer = require "reel.base.defer"
local job = require "reel.core.job"

---@class reel.service.Slots
local Slots = {}
local slots_mt = { __name = "reel.service.Slots", __index = Slots }

local slots = {}

-- A free slot is given to the first job in the line at once, so that no later job can take it.
local function release(self)
  local waiter = table.remove(self._line, 1)
  if not waiter then
    self._free = self._free + 1
    return
  end
  waiter.granted = true
  waiter.signal:fire()
end

local function leave_line(self, waiter)
  if waiter.granted then return release(self) end
  for place, other in ipairs(self._line) do
    if other == waiter then return table.remove(self._line, place) end
  end
end

local function wait_in_line(self)
  local waiter = { signal = job.signal(), granted = false }
  self._line[#self._line + 1] = waiter
  while not waiter.granted do
    local ok, err = pcall(waiter.signal.wait, waiter.signal)
    if not ok then -- cancelled
      leave_line(self, waiter)
      error(err, 0)
    end
  end
end

---Waits for a slot; closing the value gives it back.
---@async
function Slots:enter()
  if self._free > 0 then
    self._free = self._free - 1
  else
    wait_in_line(self)
  end
  return defer(release, self)
end

---@param count integer
---@return reel.service.Slots
function slots.new(count)
  return setmetatable({ _free = count, _line = {} }, slots_mt)
end

return slots
