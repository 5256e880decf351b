-- What a callback sets off: recordInfo is read at once, and what it says is believed. A waiting job
-- goes on, an attempt of unknown outcome gets its task, and rings that came while no script ran are
-- caught up with. Nothing depends on it: without a ring, tasks are asked about all the same.
--
-- Rings are read from the journal's inbox only, so it is all one whether this process took them,
-- another one on the same journal, or `reel receive`.
local Error = require "reel.base.error"
local Task = require "reel.tasks.task"
local answer = require "reel.vendor.answers"
local api = require "reel.vendor.api"
local listener = require "reel.webhook.listener"
local owner = require "reel.journal.owner"
local inbox = require "reel.journal.inbox"
local job = require "reel.core.job"
local json = require "reel.base.json"
local log = require "reel.base.log"
local recovery = require "reel.journal.recovery"
local config = require "reel.config"
local session = require "reel.session"
local decide = require "reel.pay.decide"
local poller = require "reel.tasks.poller"
local states = require "reel.journal.states"

local reconcile = {}

local LOOK <const> = 0.5        -- seconds between looks into the inbox while another one listens
local OWN_LOOK <const> = 5      -- the same while this process listens
local TRIES <const> = 8         -- of following up a ring, in one run
local FIRST_PAUSE <const>, LONGEST_PAUSE <const> = 0.5, 15 -- seconds, doubling

local opened, loop             -- the open listener, and the job that looks
local looked_at, newest      -- the journal that was looked into, and the last row seen in it
local works = {}             -- inbox_id -> the callback being followed up; false: given up
local arrived, applied = job.signal(), job.signal()
local has_arrived, has_told_busy = false, false

-- The local service of --local is in this process; nobody outside forwards to it.
local function is_configured()
  return config.settings().callback_url ~= nil and config.origin() ~= "local"
end

--- Where the vendor is to ring for an attempt; nil: nowhere.
---@param nonce string
---@return string?
function reconcile.url(nonce)
  return is_configured() and config.settings().callback_url .. "/" .. nonce or nil
end

-- Following up ------------------------------------------------------------------------------------

-- What a callback sets off, under the names of journal/states.lua. Each returns "done", "wait"
-- (until the create is answered), or the reason for another try.
local steps = {}

local function drop(callback, reason, ...)
  log.write("warn", ("the callback for attempt %d changes nothing: "):format(callback.attempt_id)
    .. reason:format(...))
  return "done"
end

local function task_of(callback, task_id)
  return Task.of(task_id, {
    model = callback.model, input = json.decode(callback.input_json or "{}"), attempt = callback,
  })
end

-- The ring may be quicker than the record.
function steps.follow(callback)
  if callback.claimed and callback.claimed ~= callback.task_id then
    return drop(callback, "it names task %s", callback.claimed)
  end
  local task = task_of(callback, callback.task_id)
  if task:is_settled() then return "done" end
  local verdict = api.query(task.id)
  if verdict.class ~= "record" then return verdict.message end
  poller.tell(task, verdict.record)
  return task:is_settled() and "done" or "early"
end

-- Another process was quicker: only a task that this process waits for is not done yet.
function steps.follow_if_known(callback)
  return session.tasks[callback.task_id] and steps.follow(callback) or "done"
end

function steps.wait(callback)
  if owner.is_alive(callback.latched_by) then return "wait" end
  recovery.classify(session.journal(), callback)
  return "wait"
end

local function is_fresh(callback)
  return os.time() - callback.received_ms / 1000 < answer.NO_RECORD_IS_NORMAL
end

local function on_unconfirmed(callback, err)
  local is_definite = Error.is(err)
    and (err.kind == "invalid" or err.kind == "missing" and not is_fresh(callback))
  if is_definite then return drop(callback, "%s", err.message) end
  return tostring(err)
end

-- The record's own callback address must have the nonce: no other task has it.
function steps.confirm(callback)
  if not callback.claimed then return drop(callback, "it names no task") end
  local ok, state, record = pcall(decide.confirm, callback, callback.claimed)
  if not ok then
    if rawequal(state, job.cancelled) then error(state, 0) end
    return on_unconfirmed(callback, state)
  end
  if not state then return "the attempt changed meanwhile" end
  log.write("info", ("attempt %d is settled by its callback: it is %s, task %s"):format(
    callback.attempt_id, state, callback.claimed))
  poller.tell(task_of(callback, callback.claimed), record)
  return "done"
end

function steps.refused(callback)
  return drop(callback, "it was refused, but the vendor tells of task %s; reel.attach waits for it",
    callback.claimed or "?")
end

function steps.unsent(callback)
  return drop(callback, "it was never sent")
end

local function pause_before(try)
  return math.min(FIRST_PAUSE * 2 ^ (try - 1), LONGEST_PAUSE)
end

-- Until recordInfo has been heard. What cannot be followed up stays in the inbox for the next run;
-- a ring without an end of its task was for nothing, and the next one counts.
local function follow_up(journal, callback)
  local try, outcome = 1, nil
  while try <= TRIES do
    outcome = steps[states[callback.state].on_callback](callback)
    if outcome == "done" then break end
    if outcome == "wait" then
      job.sleep(LOOK / 2)
    else
      job.sleep(pause_before(try))
      try = try + 1
    end
    callback = inbox.callback(journal, callback.inbox_id)
  end
  if outcome ~= "done" and outcome ~= "early" then return outcome end
  inbox.applied(journal, callback.inbox_id)
end

local function work(journal, callback, mine)
  local ok, problem = pcall(follow_up, journal, callback)
  mine[callback.inbox_id] = nil
  applied:fire()
  if ok and not problem or rawequal(problem, job.cancelled) then return end
  mine[callback.inbox_id] = false
  log.write("warn", ("the callback for attempt %d waits for the next run: %s"):format(
    callback.attempt_id, tostring(problem)))
end

-- Looking -----------------------------------------------------------------------------------------

local function look()
  local journal = session.journal()
  if journal ~= looked_at then newest, works = inbox.newest(journal), {} end
  for _, callback in ipairs(inbox.callbacks(journal, config.origin(), newest)) do
    newest = math.max(newest, callback.inbox_id)
    if works[callback.inbox_id] == nil then
      works[callback.inbox_id] = callback
      job.spawn(work, journal, callback, works):detach()
    end
  end
  looked_at = journal
  applied:fire()
end

local function on_callback()
  has_arrived = true
  arrived:fire()
end

local function tell_busy(address)
  if has_told_busy then return end
  has_told_busy = true
  log.write("info", ("%s is taken: callbacks are read from the journal, where another run or reel "
    .. "receive stores them"):format(address))
end

-- Whoever holds the port stores for all; when it ends, the next one takes over.
local function open_listener()
  local address = config.settings().callback_listen
  if opened and opened.address == address then return end
  if opened then opened:close() end
  opened = listener.open(address, on_callback)
  if not opened then return tell_busy(address) end
  log.write("info", ("callbacks for %s are taken at %s"):format(config.settings().callback_url,
    opened.url))
end

local function close_listener()
  if opened then opened:close() end
  opened = nil
end

local function run()
  repeat
    has_arrived = false
    look()
    if not is_configured() then return close_listener() end
    open_listener()
    if not has_arrived then arrived:wait(opened and OWN_LOOK or LOOK) end
  until false
end

local function run_until_it_fails()
  local ok, err = pcall(run)
  loop = nil
  if ok or rawequal(err, job.cancelled) then return end
  log.write("warn", "callbacks are not heard any more: " .. tostring(err))
end

--- Listens, where a callback address is set, and follows up what rings and what rang before. Raises
--- "config" when callback_listen cannot be listened on. Costs nothing when it was called before.
---@async
function reconcile.start()
  if session.plan then return end
  local is_listener = is_configured()
  if is_listener then open_listener() end
  if loop or not is_listener and looked_at == session.journal() then return end
  loop = job.spawn(run_until_it_fails)
  loop:detach()
end

--- Listens no more.
function reconcile.stop()
  close_listener()
  if loop then loop:cancel() end
  loop, looked_at = nil, nil
end

-- Hoping ------------------------------------------------------------------------------------------

local function is_being_followed(nonce)
  for _, callback in pairs(works) do
    if callback and callback.nonce == nonce then return true end
  end
  return false
end

--- Whether a callback may still tell what became of an attempt: one is being followed up, or one
--- can come, for as long as a task may take.
---@async
---@param attempt table   its row
---@return boolean may_settle, number? seconds   how long one can come
function reconcile.may_settle(attempt)
  if looked_at ~= session.journal() then return true end
  local rest = attempt.latched_ms / 1000 + config.settings().wait_timeout - os.time()
  if is_configured() and rest > 0 then return true, rest end
  return is_being_followed(attempt.nonce)
end

--- Waits until a ring has been followed up, or for a moment.
---@async
function reconcile.wait()
  applied:wait(LOOK)
end

return reconcile
