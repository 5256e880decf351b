-- The paid request: from a checked call to a task id. The only user of reel.core.sender, and so
-- the only place that can send a createTask.
--
-- One attempt puts at most one POST on the wire: the sender sees to that, with a fresh connection
-- and a callback that stands before every send (src/sender.h). What is tried again here is either
-- proven unsent, or refused by an answer that says so. Everything else is ambiguous and raised.
local Error = require "reel.error"
local answer = require "reel.answer"
local api = require "reel.api"
local canonical = require "reel.canonical"
local events = require "reel.events"
local job = require "reel.core.job"
local sender = require "reel.core.sender"
local session = require "reel.session"

local create = {}

local UNREACHABLE_AFTER <const> = 60   -- seconds of trying to connect
local RATE_LIMITED_AFTER <const> = 600 -- seconds of being sent away
local FIRST_PAUSE <const> = 1          -- seconds; doubles up to LONGEST_PAUSE
local LONGEST_PAUSE <const> = 15

local function send(body)
  session.rate():pass()
  local response, word, message = session.slots():run(sender.post, {
    url = api.url("/api/v1/jobs/createTask"),
    headers = api.headers("Content-Type: application/json"),
    body = body,
  })
  return response or { sent = false, error = word, message = message }
end

local function retry_later(state, seconds, reason)
  events.emit({ type = "retry", message = ("%s; next try in %.0f s"):format(reason, seconds) })
  job.sleep(seconds)
  state.tries = state.tries + 1
end

-- Nothing has left the machine: free to try again for a while.
local function on_unsent(state, response)
  local waited = job.now() - state.began
  if waited >= UNREACHABLE_AFTER or response.error == "invalid" then
    Error.raise({
      kind = response.error == "invalid" and "invalid" or "unreachable",
      message = ("could not reach %s: %s (nothing was sent, nothing is billed)"):format(
        session.settings().base_url, response.message),
    })
  end
  retry_later(state, math.min(FIRST_PAUSE * 2 ^ state.tries, LONGEST_PAUSE), response.message)
end

local function on_refused(state, verdict)
  local waited = job.now() - state.began
  local wait = verdict.wait
  local again = verdict.kind == "rate_limited" and waited + (wait or 0) < RATE_LIMITED_AFTER
  if verdict.cautious and not state.was_cautious then
    state.was_cautious = true
    again = true
  end
  if not again then Error.raise(api.error(verdict)) end
  retry_later(state, wait or LONGEST_PAUSE, verdict.message)
end

local function on_ambiguous(verdict, response)
  Error.raise({
    kind = "ambiguous", billed = "maybe", code = verdict.code, http_status = response.status,
    message = "the request was sent, but no clear answer came back (" .. verdict.message
      .. "): the task may exist and be billed. reel does not send it again by itself; look for it "
      .. "in the vendor's log",
  })
end

--- Sends a request until it is answered for good.
---@async
---@param request table   as models.request makes it
---@return string task_id
function create.run(request)
  local body = canonical.encode(request)
  local state = { began = job.now(), tries = 0 }
  while true do
    local response = send(body)
    if not response.sent then
      on_unsent(state, response)
    else
      local verdict = answer.create(response.status, response.body, response.error,
        response.headers)
      if verdict.class == "created" then return verdict.task_id end
      if verdict.class == "ambiguous" then on_ambiguous(verdict, response) end
      on_refused(state, verdict)
    end
  end
end

return create
