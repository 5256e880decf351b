-- Finds out what a script would cost. While a plan is in force (session.plan), calls only read the
-- journal: a call that has a task gets that task, any other call gets a placeholder, and nothing is
-- sent, waited for, downloaded or written to the journal. A call whose input contains a placeholder
-- has never been made, so the plan counts it as a call to pay.
local Error = require "reel.base.error"
local Task = require "reel.tasks.task"
local ensure = require "reel.pay.ensure"
local owner = require "reel.journal.owner"
local json = require "reel.base.json"
local recovery = require "reel.journal.recovery"
local config = require "reel.config"
local session = require "reel.session"
local states = require "reel.journal.states"

---@class reel.PlannedCall
---@field fate "done"|"running"|"failed"|"pay"|"ambiguous"   what a run would find
---@field model reel.Model
---@field input table
---@field estimate number?   credits; nil: unknown
---@field attempt table?     the call's row in the journal; nil with the fate "pay"
---@field task reel.Task

---@class reel.Plan
---@field calls reel.PlannedCall[]   in the order in which the script asked
local Plan = {}
Plan.__index = Plan

local plan = {}

-- Placeholders ------------------------------------------------------------------------------------

local function has_extension(path)
  return path:match("%.%w+$") ~= nil
end

local function planned_save(_, path)
  return has_extension(path) and path or path .. ".mp4"
end

local function planned_wait(task)
  task.state = "success"
  return task
end

-- Gives a task without a result a made-up URL or handle, so that the script can go on.
local function pretend(self, task, kind)
  self.pretended = self.pretended + 1
  task.urls = { ("https://plan.invalid/%d.mp4"):format(self.pretended) }
  if kind == "character" then
    task.urls, task.handle = {}, ("@plan_%d"):format(self.pretended)
  end
  task.wait, task.save = planned_wait, planned_save
  return task
end

local function placeholder(self, call)
  local task = Task.of(("plan-%d"):format(self.pretended + 1), {
    model = call.model.name, input = call.input,
  })
  pretend(self, task, call.model.kind)
  return planned_wait(task)
end

-- What the journal has ----------------------------------------------------------------------------

local function task_of_attempt(attempt, call)
  local task = Task.of(attempt.task_id, {
    model = call.model.name, input = call.input, attempt = attempt,
  })
  task.save = planned_save
  return task
end

-- One function for each fate that journal/states.lua names. Returns the fate of the call, which may
-- be another one, and the task that the script gets.
local fates = {}

function fates.pay(self, call)
  return "pay", placeholder(self, call)
end

function fates.done(_, call, attempt)
  return "done", task_of_attempt(attempt, call)
end

function fates.running(self, call, attempt)
  return "running", pretend(self, task_of_attempt(attempt, call), call.model.kind)
end

function fates.failed(self, call, attempt)
  local again = call.options.retry_failed
  if again == nil then again = config.settings().retry_failed end
  if again then return fates.pay(self, call) end
  local task = task_of_attempt(attempt, call)
  task.save = nil -- the script gets Task.save, which raises the recorded failure, as in a run
  return "failed", task
end

function fates.substitute(self, call, attempt)
  if attempt.remote_state == "success" then return fates.done(self, call, attempt) end
  if attempt.remote_state == "fail" then return fates.failed(self, call, attempt) end
  return fates.running(self, call, attempt)
end

function fates.ambiguous(self, call)
  return "ambiguous", placeholder(self, call)
end

-- The process that sends the attempt still waits for the answer, or it has ended. In the second
-- case a run would find out what the stored answer means, and so does the plan.
function fates.recover(self, call, attempt)
  local verdict = owner.is_alive(attempt.latched_by) and {} or recovery.verdict(attempt)
  if verdict.class == "refused" then return fates.pay(self, call) end
  if verdict.class == "ambiguous" then return fates.ambiguous(self, call) end
  return "running", placeholder(self, call)
end

local function plan_call(self, call)
  local known = session.journal():find(call)
  local row, attempt = known.row, known.attempt
  local err = row and ensure.key_conflict(call, row, attempt)
  if err then return { failure = err } end
  local is_changed = row and row.input_sha256 ~= call.content
  local expected = attempt and not is_changed and states[attempt.state].fate or "pay"
  local fate, task = fates[expected](self, call, attempt)
  if fate == "pay" and known.surplus then
    attempt = known.surplus
    fate, task = fates.substitute(self, call, attempt)
  end
  local planned = {
    fate = fate, model = call.model, input = call.input, estimate = call.model.price(call.input),
    attempt = fate ~= "pay" and attempt or nil, task = task,
  }
  self.calls[#self.calls + 1] = planned
  if row then self.asked[row.call_id] = true end
  return planned
end

-- What the library calls while a plan is in force -------------------------------------------------

--- The task of a call, or a placeholder.
---@async
---@param call table   of pay/prepare.lua
---@return reel.Task? task, reel.Error? err
function Plan:task(call)
  local known = self.known[call.id] or plan_call(self, call)
  self.known[call.id], self.projects[call.project] = known, true
  return known.task, known.failure
end

--- The task with an id, with the fields that the journal has, or a placeholder.
---@async
---@param id string
---@return reel.Task
function Plan:attach(id)
  local attempt = session.journal():attempt_of_task(config.origins(), id)
  if not attempt then
    return session.tasks[id] or planned_wait(pretend(self, Task.of(id)))
  end
  self.asked[attempt.call_id] = true
  local task = Task.of(id, {
    model = attempt.model, input = json.decode_object(attempt.input_json), attempt = attempt,
  })
  if not task:is_settled() then pretend(self, task) end
  return task
end

--- A made-up URL for a file that a run would upload.
---@param file reel.LocalFile
---@return string
function Plan.upload(_, file)
  return ("https://plan.invalid/%s.%s"):format(file.content:sub(1, 16), file.extension)
end

--- Attempts that were paid for but that this script did not ask for, in the script's projects and
--- at its origin: clips of other scripts, and clips of calls that were edited since.
---@async
---@return table[]
function Plan:unused()
  local unused, projects = {}, self.projects
  if not next(projects) then projects = { [session.project] = true } end
  for _, attempt in ipairs(session.journal():list()) do
    local is_here = projects[attempt.project] and config.is_here(attempt.origin)
    if is_here and states[attempt.state].has_clip and not self.asked[attempt.call_id] then
      unused[#unused + 1] = attempt
    end
  end
  return unused
end

--- The calls of a fate, how many credits they would cost, and how many have no known price.
---@param fate string
---@return reel.PlannedCall[] calls, number credits, integer unpriced
function Plan:of_fate(fate)
  local calls, credits, unpriced = {}, 0, 0
  for _, planned in ipairs(self.calls) do
    if planned.fate == fate then
      calls[#calls + 1] = planned
      credits = credits + (planned.estimate or 0)
      unpriced = unpriced + (planned.estimate and 0 or 1)
    end
  end
  return calls, credits, unpriced
end

--- Puts a new plan in force for the rest of the process.
---@return reel.Plan
function plan.start()
  if session.plan then
    Error.raise({ kind = "invalid", message = "a plan is being made already" })
  end
  session.plan = setmetatable({
    calls = {}, known = {}, asked = {}, projects = {}, pretended = 0,
  }, Plan)
  return session.plan
end

return plan
