-- Finds or makes the task of a call. The journal decides how: a call with a task gets that task, a
-- call that may have been paid for waits or stops, and only an unpaid call is sent.
local Error = require "reel.base.error"
local Task = require "reel.tasks.task"
local callbacks = require "reel.pay.callbacks"
local config = require "reel.config"
local events = require "reel.base.events"
local inputs = require "reel.pay.inputs"
local job = require "reel.core.job"
local log = require "reel.base.log"
local models = require "reel.models"
local owner = require "reel.journal.owner"
local recovery = require "reel.journal.recovery"
local results = require "reel.tasks.results"
local send = require "reel.pay.send"
local session = require "reel.session"
local states = require "reel.journal.states"

local ensure = {}

local REREAD_PAUSE <const> = 0.5 -- seconds between reads of an attempt that another process sends

-- The steps that journal/states.lua names. Each gets the call and what the journal knows of it
-- (Journal:ask). A step returns the call's task, or nothing if the journal must be asked again.
local steps = {}

local function task_of(call, attempt)
  local task = Task.of(attempt.task_id, {
    model = call.model.name, input = call.input, attempt = attempt,
  })
  task._on_progress = task._on_progress or call.options.on_progress
  return task
end

-- A surplus task of an equal call is paid for already, so the call gets it instead of a new task.
function steps.send(call, known)
  if known.surplus then
    session.journal():substitute(call)
    return nil
  end
  events.emit({ type = "sending", call = call })
  local request, err = inputs.send_files(models.request(call.model, call.input), call.files)
  if not request then Error.raise(err) end
  local attempt = send.attempt(call, request)
  if not attempt then return nil end
  local task = task_of(call, attempt)
  events.emit({ type = "accepted", task = task, call = call })
  return task
end

-- Whether a failed call may be sent again. If the new attempt fails as well, there is no third.
local function may_retry(call)
  local retry_failed = call.options.retry_failed
  if retry_failed == nil then retry_failed = config.settings().retry_failed end
  local may = retry_failed and not call.retried
  call.retried = true
  return may
end

function steps.retry(call, known)
  local is_outdated = known.attempt.attempt_id == call.outdated_attempt
  if is_outdated or may_retry(call) then return steps.send(call, known) end
  return task_of(call, known.attempt)
end

local function wait_for_other_process(call)
  events.emit({ type = "elsewhere", call = call })
  job.sleep(REREAD_PAUSE)
end

-- The attempt has not been sent: its process is about to send it, or has ended before that.
function steps.await_sender(call, known)
  if owner.is_alive(known.attempt.holder) then
    wait_for_other_process(call)
  else
    session.journal():withdraw(known.attempt.attempt_id)
  end
end

function steps.await_answer(call, known)
  if owner.is_alive(known.attempt.latched_by) then
    wait_for_other_process(call)
  else
    recovery.classify(session.journal(), known.attempt)
  end
end

local function announce_wait_for_callback(call, attempt, seconds)
  if not seconds or session.awaited[attempt.attempt_id] then return end
  session.awaited[attempt.attempt_id] = true
  log.write("warn", ("attempt %d (%s) was sent, but no clear answer came back%s; its callback can "
    .. "settle it, and reel waits for the callback up to %d s"):format(attempt.attempt_id,
    call.model.name,
    attempt.msg and " (" .. attempt.msg .. ")" or "", seconds // 1))
end

function steps.await_callback(call, known)
  local attempt = known.attempt
  local may_settle, seconds = callbacks.may_settle(attempt)
  if may_settle then
    announce_wait_for_callback(call, attempt, seconds)
    return callbacks.wait()
  end
  Error.raise({
    kind = "ambiguous", billed = "maybe", attempt = attempt.attempt_id, code = attempt.code,
    http_status = attempt.http_status,
    message = send.ambiguous_message(attempt, call.model.name, attempt.msg),
  })
end

function steps.follow(call, known)
  return task_of(call, known.attempt)
end

function steps.collect(call, known)
  local task = task_of(call, known.attempt)
  results.start(task)
  return task
end

-- The surplus task may come from this call's own earlier attempt or from an equal call.
function steps.substitute(call, known)
  if known.attempt.remote_state == "fail" and may_retry(call) then
    session.journal():drop_substitute(known.row.call_id)
    return steps.send(call, known)
  end
  local task = task_of(call, known.attempt)
  if task.state == "success" then results.start(task) end
  return task
end

local function describe_change(row, call)
  return ("the key %q already names another input: it names %s %s, but this call is %s %s"):format(
    call.options.key, row.model, row.input_json or "(not kept)", call.model.name, call.input_json)
end

--- The error for an explicit key that already names another input. The key may take a new input
--- only when the old one led to nothing.
---@param call table     of pay/prepare.lua
---@param row table      of the call
---@param attempt table? the call's latest attempt
---@return reel.Error?
function ensure.key_conflict(call, row, attempt)
  local state = attempt and attempt.state or "refused"
  local led_to_nothing = state == "failed" or state == "refused" or state == "withdrawn"
  if row.input_sha256 == call.content or led_to_nothing then return nil end
  return Error.new({ kind = "key_conflict", message = describe_change(row, call) })
end

-- Gives an explicit key its new input, if that is allowed. The old input's attempt says nothing
-- about the new input, so the call is sent.
local function change_input(call, known)
  local err = ensure.key_conflict(call, known.row, known.attempt)
  if err then Error.raise(err) end
  session.journal():change_input(known.row.call_id, call)
  call.retried = true
  call.outdated_attempt = known.attempt and known.attempt.attempt_id
end

--- The call's task, which is paid for only if the call has none yet.
---@async
---@param call table   of pay/prepare.lua
---@return reel.Task
function ensure.task(call)
  call.began, call.tries = job.now(), 0
  callbacks.start()
  while true do
    local known = session.journal():ask(call)
    local attempt = known.attempt
    if attempt and attempt.state ~= "ambiguous" then session.awaited[attempt.attempt_id] = nil end
    if known.row and known.row.input_sha256 ~= call.content then change_input(call, known) end
    local step = steps[attempt and states[attempt.state].step or "send"]
    local task = step(call, known)
    if task then return task end
  end
end

return ensure
