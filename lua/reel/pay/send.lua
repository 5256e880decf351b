-- Makes and sends one paid attempt. This is the only file that uses reel.core.sender, and so the
-- only file that can send a createTask.
--
-- An attempt sends at most one POST: the sender's latch (src/journal/attempt.h) moves the attempt
-- to the state `latched`, on disk, before the first byte. An attempt that has not passed the latch
-- is tried again here. A call whose attempt was refused may get a new attempt. Any other attempt
-- without a task is ambiguous and is never sent again.
local Error = require "reel.base.error"
local answers = require "reel.vendor.answers"
local api = require "reel.vendor.api"
local callbacks = require "reel.pay.callbacks"
local canonical_json = require "reel.base.canonical_json"
local core = require "reel.core.journal"
local digest = require "reel.core.digest"
local events = require "reel.base.events"
local job = require "reel.core.job"
local log = require "reel.base.log"
local sender = require "reel.core.sender"
local config = require "reel.config"
local session = require "reel.session"
local task_ids = require "reel.vendor.task_ids"

local send = {}

local UNREACHABLE_AFTER <const> = 60   -- seconds of trying to connect
local RATE_LIMITED_AFTER <const> = 600 -- seconds after which a rate_limited answer is an error
local FIRST_PAUSE <const> = 1          -- seconds; doubled each time up to LONGEST_PAUSE
local LONGEST_PAUSE <const> = 15
local BUSY_PAUSE <const> = 0.1
local LONGEST_CREATE <const> = 150     -- seconds; the sender's own limit is 120
local CHECK_PAUSE <const> = 0.05       -- seconds between checks of attempts in flight

local is_stopped = false

--- The message that tells a person about an attempt with an unknown outcome.
---@return string
function send.ambiguous_message(attempt, model, reason)
  return ("attempt %d (%s) was sent, but no clear answer came back%s. The task may exist and be "
    .. "billed; reel never sends it again by itself. Look for it in the vendor's log, then: reel "
    .. "adopt %d TASK_ID if it is there, reel resolve %d --absent --why \"…\" if it is not"):format(
    attempt.attempt_id, model, reason and " (" .. reason .. ")" or "", attempt.attempt_id,
    attempt.attempt_id)
end

--- Makes every later attempt to send end with job.cancelled.
function send.stop()
  is_stopped = true
end

-- The sender gives up earlier than this deadline.
local function wait_for_verdicts(journal)
  local deadline = job.now() + LONGEST_CREATE
  while journal:count_in_flight() > 0 and job.now() < deadline do job.sleep(CHECK_PAUSE) end
end

--- Stops sending, withdraws the attempts that have not passed the latch, and waits until every sent
--- attempt has its verdict in the journal. If a process ends without this call, the attempts in
--- flight are ambiguous.
---@async
---@param tell? fun(count: integer)   called with the number of attempts in flight, if there are any
function send.finish(tell)
  send.stop()
  local journal = session.known_journal()
  if not journal then return end
  journal:withdraw_all()
  local count = journal:count_in_flight()
  if count > 0 and tell then tell(count) end
  wait_for_verdicts(journal)
end

local function pause(call, seconds, reason)
  events.emit({
    type = "retry", call = call, reason = reason, seconds = seconds,
    message = ("%s; next try in %.0f s"):format(reason, seconds),
  })
  job.sleep(seconds)
  call.tries = call.tries + 1
end

-- One function for each reason why nothing was sent. Returns true if the attempt must be tried
-- again.
local unsent = {}

-- Another process has changed the attempt's state.
function unsent.state()
  return false
end

function unsent.budget(_, response)
  Error.raise({
    kind = "budget", message = response.message .. ": nothing was sent, nothing is billed",
  })
end

function unsent.held(_, response)
  Error.raise({
    kind = "ambiguous", message = response.message .. ", so reel sends nothing more until a person "
      .. "has looked at them: reel tasks shows them. This call was not sent",
  })
end

function unsent.journal(_, response)
  Error.raise({ kind = "journal", message = response.message .. ": nothing was sent" })
end

function unsent.invalid(_, response)
  Error.raise({ kind = "invalid", message = "the request cannot be sent: " .. response.message })
end

local function on_unreachable(call, response)
  call.unreachable_since = call.unreachable_since or job.now()
  if job.now() - call.unreachable_since >= UNREACHABLE_AFTER then
    Error.raise({
      kind = "unreachable",
      message = ("could not reach %s: %s (nothing was sent, nothing is billed)"):format(
        config.settings().base_url, response.message),
    })
  end
  pause(call, math.min(FIRST_PAUSE * 2 ^ call.tries, LONGEST_PAUSE), response.message)
  return true
end

local function latch_of(call, attempt)
  local settings, journal = config.settings(), session.journal()
  return {
    journal = journal.core, id = attempt.attempt_id, nonce = attempt.nonce, run = journal.run,
    origin = call.origin, holder = journal.holder, rate_count = settings.create_rate.count,
    rate_seconds = settings.create_rate.seconds, max_new = settings.max_new,
    max_credits = settings.max_credits,
  }
end

local function post_once(call, attempt, body)
  if is_stopped then error(job.cancelled, 0) end
  local response, word, message = sender.post({
    url = api.url("create"),
    headers = api.headers("Content-Type: application/json"),
    body = body, attempt = latch_of(call, attempt),
  })
  return response or { sent = false, error = word, message = message }
end

-- Keeps its slot while it waits for the rate limiter: each check of the limiter costs a connection,
-- so the calls that wait for a slot must not check, too.
local function post_when_allowed(call, attempt, body)
  while true do
    local response = post_once(call, attempt, body)
    local must_wait = response.error == "rate" or response.error == "busy"
    if response.sent or not must_wait then return response end
    job.sleep(response.wait or BUSY_PAUSE)
  end
end

-- Tries until the latch is passed. Returns nil if another process has the attempt.
local function post_until_sent(call, attempt, body)
  while true do
    local response = session.slots():run(post_when_allowed, call, attempt, body)
    if response.sent then return response end
    local handle = unsent[response.error] or on_unreachable
    if not handle(call, response) then return nil end
  end
end

local function paused_fields(call, verdict)
  if verdict.kind ~= "paused" then return nil end
  return { message = ("the vendor has paused %s (%s); nothing was billed. Previews work meanwhile: "
    .. "reel --local FILE"):format(call.model.name, verdict.message) }
end

-- Raises the error of a refused attempt, or pauses if the call may succeed later. The journal has
-- the refusal already.
local function on_refused(call, verdict)
  local wait = verdict.wait or LONGEST_PAUSE
  local again = verdict.kind == "rate_limited"
    and job.now() - call.began + wait < RATE_LIMITED_AFTER
  if verdict.cautious and not call.was_cautious then call.was_cautious, again = true, true end
  if not again then Error.raise(api.error(verdict, paused_fields(call, verdict))) end
  pause(call, wait, verdict.message)
end

local function on_answer(call, attempt, response)
  local verdict = answers.create(response.status, response.body, response.error,
    response.retry_after)
  core.crash_point("T4-before")
  verdict = session.journal():answered(attempt.attempt_id, verdict, "answer")
  if not verdict then return nil end
  core.crash_point("T4")
  if verdict.class == "created" then
    if verdict.flag then
      log.write("warn", ("task %s was %s (%s)"):format(task_ids.shown(verdict.task_id),
        verdict.flag, verdict.message or "no message"))
    end
    attempt.state, attempt.task_id, attempt.created = "created", verdict.task_id, job.now()
    return attempt
  end
  if verdict.class == "refused" then return on_refused(call, verdict) end
  return nil
end

-- An error before the latch means that the attempt was not sent, so it is withdrawn.
local function withdraw_unless_sent(attempt, ok, ...)
  if ok then return ... end
  session.journal():withdraw(attempt.attempt_id)
  error(..., 0)
end

--- Makes a new attempt of a call and sends it. If callbacks are configured, the request has the URL
--- for its callback. The nonce is the last part of that URL, and the vendor keeps the URL in the
--- task's record, so the record names the attempt.
---@async
---@param call table     of pay/prepare.lua; its field `tries` is counted up
---@param request table  as models.request makes it, with the URLs of uploads in place of stand-ins
---@return table? attempt   in the state "created"; nil: ask the journal again for the call's state
function send.attempt(call, request)
  local nonce = digest.sha256(digest.random(32)):sub(1, 32) -- 128 bits
  request.callBackUrl = callbacks.url(nonce)
  local body = canonical_json.encode(request)
  core.crash_point("T0-before")
  local attempt = session.journal():intend(call, nonce, body,
    call.model.price(call.input))
  core.crash_point("T0")
  if not attempt then return nil end
  local response = withdraw_unless_sent(attempt, pcall(post_until_sent, call, attempt, body))
  return response and on_answer(call, attempt, response)
end

return send
