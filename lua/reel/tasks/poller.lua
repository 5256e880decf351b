-- Watches a task until it is settled. A task has one poll, however many jobs wait for the task, and
-- none when no job waits. The poll runs in C and returns only when an answer differs from the last
-- one; this file decides what the answer means. A watch ends early when its last waiter leaves, or
-- with an error, such as ten failures in a row.
local Error = require "reel.base.error"
local answers = require "reel.vendor.answers"
local api = require "reel.vendor.api"
local core = require "reel.core.journal"
local defer = require "reel.base.defer"
local events = require "reel.base.events"
local job = require "reel.core.job"
local results = require "reel.tasks.results"
local log = require "reel.base.log"
local polls = require "reel.core.poll"
local records = require "reel.vendor.records"
local config = require "reel.config"
local session = require "reel.session"
local task_ids = require "reel.vendor.task_ids"

local poller = {}

local FACTOR <const>, JITTER <const> = 1.5, 0.1
local FAILURES_IN_A_ROW <const>, FAILURES_TO_TELL <const> = 10, 2
-- A task of known age without a record is missing after so many seconds and so many polls.
local NO_RECORD_IS_MISSING <const>, NO_RECORD_POLLS <const> = 900, 5

local STILL_RUNNING <const> = "; the task is still running and billed, attach with reel.attach(%q)"

local function task_error(task, fields)
  fields.task_id, fields.billed = task.id, "yes"
  return Error.new(fields)
end

-- A state that reel does not know may be new in the API. The task counts as not ended. Each such
-- state is logged once.
local logged_states = {}
local function warn_unknown(record)
  if record.known or logged_states[record.state] then return end
  logged_states[record.state] = true
  log.write("warn", ("task %s is in the state %q, which reel does not know; reel goes on "
    .. "waiting"):format(task_ids.shown(record.id), record.state))
end

-- An outage is logged once rather than for each of a thousand tasks. It is over when any query is
-- answered.
local is_outage = false
local function warn_outage(state, verdict)
  if is_outage or state.failures ~= FAILURES_TO_TELL then return end
  is_outage = true
  log.write("warn", ("task %s cannot be asked about (%s); reel goes on trying"):format(
    task_ids.shown(state.task.id), verdict.message))
end

-- One handler for each class of verdict on a query. A handler returns an error if the watch must
-- end, else nil.
local handlers = {}

-- The end of a task is on disk before any waiter learns of it.
function handlers.record(state, verdict)
  local task, record = state.task, verdict.record
  state.failures, state.unknown_since, is_outage = 0, nil, false
  warn_unknown(record)
  if record.settled then
    core.crash_point("T6-before")
    session.journal():ended(task._origin, task.id, task:_journal_fields(record))
    core.crash_point("T6")
  elseif task._is_missing then
    session.journal():missing(task._origin, task.id, false)
  end
  task._is_missing = false
  task:_update(record)
  if task.state == "success" then results.start(task) end
end

function handlers.denied(state, verdict)
  return api.error(verdict, { task_id = state.task.id, billed = "yes" })
end

function handlers.failed(state, verdict)
  state.poll:forget()
  state.failures = state.failures + 1
  warn_outage(state, verdict)
  -- The division makes the pause long enough even with the most negative jitter.
  if verdict.retry_after then state.pause = verdict.retry_after / (1 - JITTER) end
  if state.failures < FAILURES_IN_A_ROW then return end
  return task_error(state.task, {
    kind = verdict.kind or "server", code = verdict.code, http_status = verdict.http_status,
    message = ("%d queries in a row failed, the last one: %s"):format(state.failures,
      verdict.message) .. STILL_RUNNING:format(task_ids.shown(state.task.id)),
  })
end

function handlers.unknown_task(state, verdict)
  state.poll:forget()
  state.failures, is_outage = 0, false
  state.unknown_polls = (state.unknown_since and state.unknown_polls or 0) + 1
  state.unknown_since = state.unknown_since or job.now()
  local since = job.now() - (state.task._created or state.unknown_since)
  local patience = state.task._created and NO_RECORD_IS_MISSING or answers.NO_RECORD_IS_NORMAL
  if since < patience or state.unknown_polls < NO_RECORD_POLLS then return end
  session.journal():missing(state.task._origin, state.task.id, true)
  state.task._is_missing = true
  return task_error(state.task, {
    kind = "missing", code = verdict.code, http_status = verdict.http_status,
    message = ("the vendor has no record of task %s (%s)"):format(task_ids.shown(state.task.id),
      verdict.message),
  })
end

-- Seconds until the first query. The query is sent at once unless the vendor has told of the task a
-- moment ago: the task was accepted, or its record was read by reel.attach, after a callback, or
-- for waiters that have left.
local function first_query(task, settings)
  local is_fresh = task._last_told and job.now() - task._last_told < settings.poll_first
  return is_fresh and settings.poll_first or 0
end

local function new_poll(task)
  local settings = config.settings()
  return polls.new {
    url = api.url("record", task.id), headers = api.headers(),
    first = first_query(task, settings), factor = FACTOR, max = settings.poll_max, jitter = JITTER,
    fields = answers.fields,
  }
end

-- Handles an answer that needs no handler: the task has not ended, and its whole record was read
-- before. Returns whether it did. This is the most frequent case, and it runs between the frames of
-- a host. With cold caches each function call costs about 8 us there, so the code from here down to
-- events.emit makes few of them.
local function take_pending(task, code, id, word, progress)
  if not answers.is_pending(task.id, code, id, word, progress) then return false end
  local is_known = task._param and not task._is_missing and records.pending[task.state]
  if not is_known then return false end
  task:_move(word, progress)
  return true
end

local function read_answer(poll, task_id, status, word, message)
  if not status then return answers.query(nil, task_id, word, message) end
  local response = { status = status, retry_after = poll:retry_after(), body = poll:body() }
  return answers.query(response, task_id)
end

-- Waits for an answer that is more than progress. Returns what its handler returns.
local function query(state)
  local task, poll, pause = state.task, state.poll, state.pause
  state.pause = nil
  local status, code, id, word, progress = poll:next(pause) -- or nil, a word, a message
  while status and take_pending(task, code, id, word, progress) do
    state.failures, state.unknown_since, is_outage = 0, nil, false
    status, code, id, word, progress = poll:next()
  end
  local verdict = read_answer(poll, task.id, status, code, id)
  job.give_way() -- with cold caches, read_answer takes about as long as the rest
  return handlers[verdict.class](state, verdict)
end

--- Resumes all jobs that wait for a task.
function poller.wake(task)
  if task._changed then task._changed:fire() end
  task._ended:fire()
end

local function watch(task)
  local poll <close> = assert(new_poll(task))
  local state = { task = task, poll = poll, failures = 0 }
  while not task:is_settled() do
    local err = query(state)
    if err then
      task._watch_error = err
      break
    end
  end
end

local function start_watcher(task)
  task._watch_error = nil
  events.emit({ type = "watched", task = task })
  local watcher
  watcher = job.spawn(function()
    local ok, err = pcall(watch, task)
    if task._watcher ~= watcher then return end -- the task's last waiter has left
    task._watcher = nil
    -- An interrupt cancels the job that runs at that moment. If that is this job, the waiters start
    -- another watcher.
    if not ok and not rawequal(err, job.cancelled) then task._watch_error = err end
    poller.wake(task)
  end):detach()
  task._watcher = watcher
end

-- The watcher ends with its last waiter.
local function leave(task)
  task._waiters = task._waiters - 1
  if task._waiters > 0 then return end
  if not task:is_settled() then events.emit({ type = "left", task = task }) end
  if not task._watcher then return end
  task._watcher:cancel()
  task._watcher = nil
end

--- Waits until the task is settled, and calls on_change after every change. Raises the error of a
--- watch that had to end early. Returns false when the deadline has passed.
---@async
---@param task reel.Task
---@param deadline number   of job.now()
---@param on_change fun()?
---@return boolean settled
function poller.wait(task, deadline, on_change)
  task._waiters = task._waiters + 1
  local _ <close> = defer(leave, task)
  local seen = task._version
  -- A waiter without on_change is resumed only at the end: between the frames of a host, each
  -- resumption is expensive.
  if on_change then task._changed = task._changed or job.signal() end
  local signal = on_change and task._changed or task._ended
  while not task:is_settled() do
    if not task._watcher then start_watcher(task) end
    if not signal:wait(math.max(deadline - job.now(), 0)) then return task:is_settled() end
    if on_change and seen ~= task._version then on_change() end
    seen = task._version
    if task._watch_error then error(task._watch_error, 0) end
  end
  return true
end

--- Updates a task from a record that was read for another reason than the task's poll. Jobs that
--- wait for the task learn of a change at once.
---@async
---@param task reel.Task
---@param record reel.Record
function poller.tell(task, record)
  handlers.record({ task = task }, { record = record })
end

return poller
