-- The state of this run, updated by the library's events: a row for every call that is being sent
-- and every task that a job waits for, and the sums of what has ended and what was spent.
local lines = require "reel.show.lines"
local models = require "reel.models"

local Board = {}
local board_mt = { __name = "reel.show.Board", __index = Board }

local board = {}

---@class reel.show.Row
---@field label string
---@field began number      On the board's clock.
---@field task reel.Task?
---@field call table?       While there is no task.
---@field is_elsewhere boolean?   Whether another process sends the call.
---@field retry { reason: string, until_s: number }?   Why and when the call is tried again.

local weak_values <const> = { __mode = "v" } -- what was paid is remembered longer than its task

-- A thousand tasks may end at once. So rows are found by their task or call, and those that are
-- gone stay in the list, marked, until they are half of it or somebody wants the list.
local function without_gone(self)
  if self.gone == 0 then return self.list end
  local rows = {}
  for _, row in ipairs(self.list) do
    if not row.is_gone then rows[#rows + 1] = row end
  end
  self.list, self.gone = rows, 0
  return rows
end

-- subject: the row's task or call.
local function add_row(self, subject, row)
  row.began = self.now()
  self.began = self.began or row.began
  self.list[#self.list + 1] = row
  self.by_subject[subject] = row
  return row
end

local function remove_row(self, subject)
  local row = self.by_subject[subject]
  if not row then return nil end
  self.by_subject[subject] = nil
  row.is_gone, self.gone = true, self.gone + 1
  if self.gone > #self.list // 2 then without_gone(self) end
  return row
end

local function row_of_call(self, call)
  local label = lines.label({ id = "", model = call.model.name, input = call.input })
  return self.by_subject[call] or add_row(self, call, { call = call, label = label })
end

local function row_of_task(self, task)
  return self.by_subject[task] or add_row(self, task, { task = task, label = lines.label(task) })
end

-- One function for each type of event; it may return the row that the event ended.
local handlers = {}

function handlers.sending(self, event)
  row_of_call(self, event.call).is_elsewhere = nil
end

function handlers.elsewhere(self, event)
  row_of_call(self, event.call).is_elsewhere = true
end

function handlers.retry(self, event)
  if not event.call then return end
  row_of_call(self, event.call).retry = {
    reason = event.reason, until_s = self.now() + event.seconds,
  }
end

-- A call that still has a row was not accepted here: another process has its task, or it failed.
function handlers.answered(self, event)
  local row = remove_row(self, event.call)
  if row and not event.task then self.failed = self.failed + 1 end
end

local function price_of(task)
  local model = models.get(task.model)
  local ok, credits = pcall(model and model.price or type, task.input or {})
  return ok and math.type(credits) and credits or nil
end

-- The task takes over the row of its call.
function handlers.accepted(self, event)
  local row = event.call and self.by_subject[event.call] or row_of_task(self, event.task)
  if row.call then self.by_subject[row.call], self.by_subject[event.task] = nil, row end
  row.task, row.call, row.retry, row.began = event.task, nil, nil, self.now()
  local payment = setmetatable({ task = event.task, estimate = price_of(event.task) }, weak_values)
  self.paid[#self.paid + 1] = payment
  self.payment_of[event.task] = payment
end

function handlers.watched(self, event)
  row_of_task(self, event.task)
end

function handlers.left(self, event)
  remove_row(self, event.task)
end

function handlers.settled(self, event)
  local payment = self.payment_of[event.task]
  if payment then payment.credits = event.task.credits end
  local row = remove_row(self, event.task)
  if not row then return end
  local sum = event.task.state == "success" and "done" or "failed"
  self[sum] = self[sum] + 1
  return row
end

--- Updates the board by an event.
---@param event reel.Event
---@return reel.show.Row? ended   the row that the event settled
function Board:apply(event)
  local handler = handlers[event.type]
  return handler and handler(self, event)
end

--- The rows, in the order in which they came.
---@return reel.show.Row[]   to be read at once
function Board:rows()
  return without_gone(self)
end

---@return integer
function Board:count()
  return #self.list - self.gone
end

--- How many rows have a task, and how many have none yet.
---@return integer running, integer sending
function Board:counts()
  local running = 0
  for _, row in ipairs(self:rows()) do running = running + (row.task and 1 or 0) end
  return running, self:count() - running
end

--- What this run has paid for.
---@return { charged: number, estimate: number, untold: integer, unpriced: integer } spent
---  `charged`: credits that the vendor has told; `untold`: tasks whose credits it has not told;
---  `estimate`: their price; `unpriced`: those of them whose price is unknown
function Board:spent()
  local spent = { charged = 0, estimate = 0, untold = 0, unpriced = 0 }
  for _, entry in ipairs(self.paid) do
    local credits = entry.credits or entry.task and entry.task.credits
    spent.charged = spent.charged + (credits or 0)
    if not credits then
      spent.untold = spent.untold + 1
      spent.estimate = spent.estimate + (entry.estimate or 0)
      spent.unpriced = spent.unpriced + (entry.estimate and 0 or 1)
    end
  end
  return spent
end

--- How long a row's task has been running. A row without a task: how long the row has existed.
---@param row reel.show.Row
---@return number seconds
function Board:elapsed(row)
  return row.task and row.task.elapsed or self.now() - row.began
end

--- How many rows this run has had, with those that have ended.
---@return integer
function Board:total()
  return self:count() + self.done + self.failed
end

---@param now fun(): number   seconds
---@return table
function board.new(now)
  return setmetatable({
    list = {}, gone = 0, by_subject = {}, done = 0, failed = 0, now = now,
    paid = {}, payment_of = setmetatable({}, { __mode = "k" }),
  }, board_mt)
end

return board
