-- From a call to its task, by way of the journal: a call that has a task gets that one, a call that
-- may have been paid waits or stops, and only what is provably unpaid is sent.
local Error = require "reel.base.error"
local Task = require "reel.tasks.task"
local callbacks = require "reel.pay.callbacks"
local events = require "reel.base.events"
local owner = require "reel.journal.owner"
local inputs = require "reel.pay.inputs"
local job = require "reel.core.job"
local results = require "reel.tasks.results"
local log = require "reel.base.log"
local models = require "reel.models"
local recovery = require "reel.journal.recovery"
local send = require "reel.pay.send"
local config = require "reel.config"
local session = require "reel.session"
local surplus = require "reel.journal.surplus"

local ensure = {}

local ELSEWHERE <const> = 0.5 -- seconds between looks at an attempt that another process holds

-- One entry a state of the latest attempt. Each returns the call's task, or nothing: then the
-- journal is asked again.
local steps = {}

local function begin_attempt(call, row)
  local request, err = inputs.send_files(models.request(call.model, call.input), call.files)
  if not request then Error.raise(err) end
  return send.attempt(call, row, request)
end

local function task_of(call, attempt)
  local task = Task.of(attempt.task_id, {
    model = call.model.name, input = call.input, attempt = attempt,
  })
  task._on_progress = task._on_progress or call.options.on_progress
  return task
end

-- What an equal call left over, paid for, is taken before anything new is paid.
steps.none = function(call, row)
  if surplus.take(session.journal(), row.call_id, call) then return nil end
  events.emit({ type = "sending", call = call })
  local attempt = begin_attempt(call, row)
  if not attempt then return nil end
  local task = task_of(call, attempt)
  events.emit({ type = "accepted", task = task, call = call })
  return task
end

steps.refused, steps.withdrawn = steps.none, steps.none
steps.absent, steps.abandoned = steps.none, steps.none

-- A new attempt that fails, too, is not made a third time.
local function may_retry(call)
  local again = call.options.retry_failed
  if again == nil then again = config.settings().retry_failed end
  local may = again and not call.retried
  call.retried = true
  return may
end

function steps.failed(call, row, attempt)
  if may_retry(call) then return steps.none(call, row) end
  return task_of(call, attempt)
end

local function wait_elsewhere(call)
  events.emit({ type = "elsewhere", call = call })
  job.sleep(ELSEWHERE)
end

-- Never sent: of a process that is gone, or of one that is about to send it.
function steps.intent(call, _, attempt)
  if owner.is_alive(attempt.holder) then
    wait_elsewhere(call)
  else
    session.journal():withdraw(attempt.attempt_id)
  end
end

function steps.latched(call, _, attempt)
  if owner.is_alive(attempt.latched_by) then
    wait_elsewhere(call)
  else
    recovery.classify(session.journal(), attempt)
  end
end

local function tell_hope(call, attempt, seconds)
  if not seconds or session.awaited[attempt.attempt_id] then return end
  session.awaited[attempt.attempt_id] = true
  log.write("warn", ("attempt %d (%s) was sent, but no clear answer came back%s; its callback can "
    .. "settle it, which is waited for up to %d s"):format(attempt.attempt_id, call.model.name,
    attempt.msg and " (" .. attempt.msg .. ")" or "", seconds // 1))
end

function steps.ambiguous(call, _, attempt)
  local may_settle, seconds = callbacks.may_settle(attempt)
  if may_settle then
    tell_hope(call, attempt, seconds)
    return callbacks.wait()
  end
  Error.raise({
    kind = "ambiguous", billed = "maybe", attempt = attempt.attempt_id, code = attempt.code,
    http_status = attempt.http_status,
    message = send.ambiguous_message(attempt, call.model.name, attempt.msg),
  })
end

function steps.created(call, _, attempt)
  return task_of(call, attempt)
end

steps.missing = steps.created

function steps.succeeded(call, _, attempt)
  local task = task_of(call, attempt)
  results.start(task)
  return task
end

-- Of this call's own earlier attempt or of an equal call.
function steps.surplus(call, row, attempt)
  if attempt.remote_state == "fail" and may_retry(call) then
    surplus.leave(session.journal(), row.call_id)
    return steps.none(call, row)
  end
  local task = task_of(call, attempt)
  if task.state == "success" then results.start(task) end
  return task
end

local function describe_change(row, call)
  return ("the key %q already names another input: it was %s %s, it is now %s %s"):format(
    call.options.key, row.model, row.input_json or "(not kept)", call.model.name, call.input_json)
end

--- The error for an explicit key that has another input; it may take a new one only when nothing
--- came of the old.
---@param call table      of pay/prepare.lua
---@param row table       of the call
---@param attempt table?  its latest
---@return reel.Error?
function ensure.key_conflict(call, row, attempt)
  local state = attempt and attempt.state or "refused"
  local came_to_nothing = state == "failed" or state == "refused" or state == "withdrawn"
  if row.input_sha256 == call.content or came_to_nothing then return nil end
  return Error.new({ kind = "key_conflict", message = describe_change(row, call) })
end

local function check_key(call, row, attempt)
  if row.input_sha256 == call.content then return end
  local err = ensure.key_conflict(call, row, attempt)
  if err then Error.raise(err) end
  session.journal():change_input(row.call_id, call)
  call.retried = true
  return attempt and attempt.state == "failed" and steps.none(call, row)
end

--- The call's task, sent for if need be.
---@async
---@param call table   of pay/prepare.lua
---@return reel.Task
function ensure.task(call)
  call.began, call.tries = job.now(), 0
  callbacks.start()
  while true do
    local row, attempt = session.journal():ask(call)
    if attempt and attempt.state ~= "ambiguous" then session.awaited[attempt.attempt_id] = nil end
    local task = check_key(call, row, attempt)
      or steps[attempt and attempt.state or "none"](call, row, attempt)
    if task then return task end
  end
end

return ensure
