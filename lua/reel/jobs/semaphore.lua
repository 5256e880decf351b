-- Lets at most so many jobs through at once, first come, first served.
local job = require "reel.core.job"

local gate = {}

local Slots = {}
Slots.__index = Slots

--- At most `count` jobs are inside at once.
---@param count integer
function gate.slots(count)
  return setmetatable({ free = count, queue = {} }, Slots)
end

local function remove(queue, turn)
  for i, other in ipairs(queue) do
    if other == turn then return table.remove(queue, i) end
  end
end

-- A job that is cancelled while it stands in line leaves the line; one whose turn came in the same
-- moment hands it on.
local function leave_line(slots, turn)
  if turn.mine and not turn.taken then slots:leave() end
  remove(slots.queue, turn)
end

--- Waits for a free slot. Leave with `slots:leave()`.
---@async
function Slots:enter()
  if self.free > 0 then
    self.free = self.free - 1
    return
  end
  local turn <close> = setmetatable({ signal = job.signal() }, {
    __close = function(turn) leave_line(self, turn) end,
  })
  table.insert(self.queue, turn)
  while not turn.mine do turn.signal:wait() end
  turn.taken = true
end

function Slots:leave()
  local turn = table.remove(self.queue, 1)
  if not turn then
    self.free = self.free + 1
    return
  end
  turn.mine = true
  turn.signal:fire()
end

--- Calls fn inside a slot.
---@async
function Slots:run(fn, ...)
  self:enter()
  local _ <close> = setmetatable({}, { __close = function() self:leave() end })
  return fn(...)
end

return gate
