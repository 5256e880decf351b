-- Follows up callbacks: reads the record of the task from the vendor at once and applies it. A job
-- that waits for the task goes on, and an attempt with an unknown outcome gets its task. Callbacks
-- that came while no script ran are followed up at the next start. Without callbacks, tasks are
-- still queried on their schedule.
--
-- Callbacks are read from the journal's inbox only, so it does not matter whether this process,
-- another process with the same journal, or `reel receive` has stored them there.
local Error = require "reel.base.error"
local Task = require "reel.tasks.task"
local answers = require "reel.vendor.answers"
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
local task_ids = require "reel.vendor.task_ids"

local reconcile = {}

local INBOX_PAUSE <const> = 0.5    -- seconds between reads while another process listens
local OWN_INBOX_PAUSE <const> = 5  -- the same while this process listens
local TRIES <const> = 8            -- to follow up one callback in one run
local FIRST_PAUSE <const>, LONGEST_PAUSE <const> = 0.5, 15 -- seconds between tries, doubled

local opened, loop           -- the open listener, and the job that reads the inbox
local read_journal, newest   -- the journal whose inbox was read, and the newest row seen in it
local in_progress = {}       -- inbox_id -> the callback being followed up; false: given up
local arrived, applied = job.signal(), job.signal()
local has_arrived, has_logged_busy = false, false

-- With --local, the service runs in this process, and no other host forwards its callbacks.
local function is_configured()
  return config.settings().callback_url ~= nil and config.origin() ~= "local"
end

--- The URL to which the vendor sends the callback of an attempt; nil: callbacks are not configured.
---@param nonce string
---@return string?
function reconcile.url(nonce)
  return is_configured() and config.settings().callback_url .. "/" .. nonce or nil
end

-- Following up ------------------------------------------------------------------------------------

-- One step for each value of on_callback in journal/states.lua. A step returns "done", "wait" (the
-- create is not answered yet), "early" (the record does not tell the end of the task yet), or the
-- reason for another try.
local steps = {}

local function ignore_callback(callback, reason, ...)
  log.write("warn", ("the callback for attempt %d changes nothing: "):format(callback.attempt_id)
    .. reason:format(...))
  return "done"
end

local function task_of(callback, task_id)
  return Task.of(task_id, {
    model = callback.model, input = json.decode_object(callback.input_json), attempt = callback,
  })
end

-- The callback may come before the record tells the end of the task.
function steps.follow(callback)
  if callback.claimed and callback.claimed ~= callback.task_id then
    return ignore_callback(callback, "it names task %s", task_ids.shown(callback.claimed))
  end
  local task = task_of(callback, callback.task_id)
  if task:is_settled() then return "done" end
  local verdict = api.query(task.id)
  if verdict.class ~= "record" then return verdict.message end
  poller.tell(task, verdict.record)
  return task:is_settled() and "done" or "early"
end

-- The journal has the end of the task already. If this process has an object for the task, the
-- object must be updated.
function steps.follow_if_known(callback)
  return session.tasks[callback.task_id] and steps.follow(callback) or "done"
end

-- If the process that sent the attempt has ended, its stored answer gets a meaning here, so that
-- the attempt has another state at the next try.
function steps.wait(callback)
  if not owner.is_alive(callback.latched_by) then recovery.classify(session.journal(), callback) end
  return "wait"
end

local function is_fresh(callback)
  return os.time() - callback.received_ms / 1000 < answers.NO_RECORD_IS_NORMAL
end

local function on_unconfirmed(callback, err)
  local is_definite = Error.is(err)
    and (err.kind == "invalid" or err.kind == "missing" and not is_fresh(callback))
  if is_definite then return ignore_callback(callback, "%s", err.message) end
  return tostring(err)
end

-- The callback address in the record must have the attempt's nonce, which no other task has.
function steps.confirm(callback)
  if not callback.claimed then return ignore_callback(callback, "it names no task") end
  local ok, state, record = pcall(decide.confirm, callback, callback.claimed)
  if not ok then
    if rawequal(state, job.cancelled) then error(state, 0) end
    return on_unconfirmed(callback, state)
  end
  if not state then return "the attempt changed meanwhile" end
  log.write("info", ("attempt %d is settled by its callback: its state is %s, its task %s"):format(
    callback.attempt_id, state, task_ids.shown(callback.claimed)))
  poller.tell(task_of(callback, callback.claimed), record)
  return "done"
end

function steps.refused(callback)
  return ignore_callback(callback, "the attempt was refused, but the callback names task %s; "
    .. "reel.attach waits for that task",
    callback.claimed and task_ids.shown(callback.claimed) or "?")
end

function steps.unsent(callback)
  return ignore_callback(callback, "the attempt was never sent")
end

local function pause_before(try)
  return math.min(FIRST_PAUSE * 2 ^ (try - 1), LONGEST_PAUSE)
end

-- Tries the step of the attempt's state until the step is done. A callback that cannot be followed
-- up stays in the inbox for the next run. If the record never tells the end of the task, the
-- callback counts as applied; a later callback may come with the end.
local function follow_up(journal, callback)
  local try, outcome = 1, nil
  while try <= TRIES do
    outcome = steps[states[callback.state].on_callback](callback)
    if outcome == "done" then break end
    if outcome == "wait" then
      job.sleep(INBOX_PAUSE / 2)
    else
      job.sleep(pause_before(try))
      try = try + 1
    end
    callback = inbox.callback(journal, callback.inbox_id)
  end
  if outcome ~= "done" and outcome ~= "early" then return outcome end
  inbox.applied(journal, callback.inbox_id)
end

-- The job of one callback. `callbacks` is the table in_progress that belongs to the journal.
local function run_follow_up(journal, callback, callbacks)
  local ok, problem = pcall(follow_up, journal, callback)
  callbacks[callback.inbox_id] = nil
  applied:fire()
  if ok and not problem or rawequal(problem, job.cancelled) then return end
  callbacks[callback.inbox_id] = false
  log.write("warn", ("the callback for attempt %d is left for the next run: %s"):format(
    callback.attempt_id, tostring(problem)))
end

-- Reading the inbox -------------------------------------------------------------------------------

local function read_inbox()
  local journal = session.journal()
  if journal ~= read_journal then newest, in_progress = inbox.newest(journal), {} end
  for _, callback in ipairs(inbox.callbacks(journal, config.origins(), newest)) do
    newest = math.max(newest, callback.inbox_id)
    if in_progress[callback.inbox_id] == nil then
      in_progress[callback.inbox_id] = callback
      job.spawn(run_follow_up, journal, callback, in_progress):detach()
    end
  end
  read_journal = journal
  applied:fire()
end

local function on_callback()
  has_arrived = true
  arrived:fire()
end

local function log_busy(address)
  if has_logged_busy then return end
  has_logged_busy = true
  log.write("info", ("another process listens at %s and stores callbacks in the journal; this run "
    .. "reads them there"):format(address))
end

-- The process that has the port stores the callbacks for all processes. When it ends, another
-- process gets the port.
local function open_listener()
  local address = config.usable("callback_listen")
  if opened and opened.address == address then return end
  if opened then opened:close() end
  opened = listener.open(address, on_callback)
  if not opened then return log_busy(address) end
  log.write("info", ("callbacks for %s are received at %s"):format(config.settings().callback_url,
    opened.url))
end

local function close_listener()
  if opened then opened:close() end
  opened = nil
end

local function listen_and_read()
  repeat
    has_arrived = false
    read_inbox()
    if not is_configured() then return close_listener() end
    open_listener()
    if not has_arrived then arrived:wait(opened and OWN_INBOX_PAUSE or INBOX_PAUSE) end
  until false
end

local function run_until_it_fails()
  local ok, err = pcall(listen_and_read)
  loop = nil
  if ok or rawequal(err, job.cancelled) then return end
  log.write("warn", "callbacks are not received any longer: " .. tostring(err))
end

--- Listens if callbacks are configured, and follows up the callbacks that come and those that have
--- come before. Raises "config" when callback_listen cannot be listened on. Later calls cost
--- nothing.
---@async
function reconcile.start()
  if session.plan then return end
  local can_listen = is_configured()
  if can_listen then open_listener() end
  if loop or not can_listen and read_journal == session.journal() then return end
  loop = job.spawn(run_until_it_fails)
  loop:detach()
end

--- Stops listening and reading the inbox.
function reconcile.stop()
  close_listener()
  if loop then loop:cancel() end
  loop, read_journal = nil, nil
end

-- Waiting for a callback --------------------------------------------------------------------------

local function is_being_followed(nonce)
  for _, callback in pairs(in_progress) do
    if callback and callback.nonce == nonce then return true end
  end
  return false
end

--- Whether a callback may still tell the outcome of an attempt: the inbox has not been read yet, a
--- callback is being followed up, or a callback may still come. Callbacks are expected for the time
--- of wait_timeout after the attempt was sent.
---@async
---@param attempt table   its row
---@return boolean may_settle, number? seconds   for how long a callback may come
function reconcile.may_settle(attempt)
  if read_journal ~= session.journal() then return true end
  local rest = attempt.latched_ms / 1000 + config.settings().wait_timeout - os.time()
  if is_configured() and rest > 0 then return true, rest end
  return is_being_followed(attempt.nonce)
end

--- Waits until a callback has been followed up, or for a moment.
---@async
function reconcile.wait()
  applied:wait(INBOX_PAUSE)
end

return reconcile
