-- Decisions of a person about an attempt that reel cannot settle by itself: the attempt made a
-- given task (adopt), or reel gives the attempt up (resolve). A wrong adoption loses a paid task,
-- and a wrong resolution pays twice. So an adoption is checked against the vendor's record, and
-- each decision is written to the journal in one transaction with the change of state.
local Error = require "reel.base.error"
local api = require "reel.vendor.api"
local canonical_json = require "reel.base.canonical_json"
local core = require "reel.core.journal"
local digest = require "reel.core.digest"
local inbox = require "reel.journal.inbox"
local inputs = require "reel.pay.inputs"
local json = require "reel.base.json"
local models = require "reel.models"
local records = require "reel.vendor.records"
local config = require "reel.config"
local session = require "reel.session"
local states = require "reel.journal.states"
local task_ids = require "reel.vendor.task_ids"
local text = require "reel.base.text"
local upload = require "reel.vendor.upload"

local decide = {}

local MAX_WHY <const> = 500   -- characters
local MAX_SHOWN <const> = 60  -- characters of a value in a message

local function raise_error(kind, message, ...)
  Error.raise({ kind = kind, message = message:format(...) })
end

local function find_attempt(number)
  local attempt = session.journal():attempt(number)
  if attempt then return attempt end
  raise_error("invalid", "there is no attempt %s; reel tasks lists them", number)
end

-- Adopting ----------------------------------------------------------------------------------------

local function check_adoptable(attempt)
  if attempt.state == "latched" then
    raise_error("invalid", "attempt %d is being sent right now; wait for its answer",
      attempt.attempt_id)
  end
  if not states[attempt.state].can_adopt then
    raise_error("invalid", "attempt %d is %s%s; only ambiguous, absent and abandoned attempts can "
      .. "get a task", attempt.attempt_id, attempt.state,
      attempt.task_id and " and has task " .. task_ids.shown(attempt.task_id) or "")
  end
  if not config.is_here(attempt.origin) then
    raise_error("invalid", "attempt %d was sent to %s, but %s would be asked; %s",
      attempt.attempt_id, attempt.origin, config.origin(),
      attempt.origin == "local" and "add --local" or "add --base-url " .. attempt.origin)
  end
end

local function check_unused(attempt, task_id)
  local other = session.journal():attempt_of_task({ attempt.origin }, task_id)
  if not other then return end
  raise_error("invalid", "task %s belongs to attempt %d already", task_ids.shown(task_id),
    other.attempt_id)
end

local function fetch_record(task_id)
  local verdict = api.query(task_id)
  local record = verdict.record
  if record then
    record.request = records.request(record)
    return record
  end
  if verdict.class == "unknown_task" then
    raise_error("missing", "the vendor has no record of task %s; check that the id is complete",
      task_ids.shown(task_id))
  end
  Error.raise(api.error(verdict, { task_id = task_id }))
end

-- Whether a value that was sent equals the value in the record. A local file equals each of its
-- uploads.
local function is_same(sent, echoed)
  if type(sent) ~= "table" or type(echoed) ~= "table" then
    local content = type(sent) == "string" and inputs.content_of(sent)
    if not content or type(echoed) ~= "string" then return sent == echoed end
    return echoed == sent or upload.is_of(echoed, content)
  end
  for key, value in pairs(sent) do
    if not is_same(value, echoed[key]) then return false end
  end
  for key in pairs(echoed) do
    if sent[key] == nil then return false end
  end
  return true
end

local function show(value)
  if value == nil then return "nothing" end
  return text.line(canonical_json.encode(value), MAX_SHOWN)
end

local function describe_difference(sent, echoed)
  local names, parts = {}, {}
  for _, input in ipairs({ sent, echoed }) do
    for name in pairs(input) do names[name] = true end
  end
  for name in pairs(names) do
    if not is_same(sent[name], echoed[name]) then
      parts[#parts + 1] = ("%s was sent as %s, the task has %s"):format(text.line(name, 40),
        show(sent[name]), show(echoed[name]))
    end
  end
  table.sort(parts)
  return table.concat(parts, "; ")
end

local function sent_input(attempt)
  local input = json.decode_object(attempt.input_json)
  local model = models.get(attempt.model)
  return model and models.request(model, input).input or input
end

local function check_input(attempt, record)
  local echoed = record.request and record.request.input
  if not echoed then
    raise_error("invalid", "the record of task %s does not tell its input, so the input cannot be "
      .. "compared", task_ids.shown(record.id))
  end
  local sent = sent_input(attempt)
  if is_same(sent, echoed) then return end
  raise_error("invalid", "task %s was made from another input: %s", task_ids.shown(record.id),
    describe_difference(sent, echoed))
end

-- The last part of the callback's path is the attempt's nonce, which no other task has.
local function nonce_of(record)
  local url = record.request and record.request.callBackUrl
  return type(url) == "string" and url:match("/(%x+)$") or nil
end

local function check_nonce(attempt, record)
  local nonce = nonce_of(record)
  local is_ours = nonce and #nonce == #attempt.nonce
  if is_ours and nonce ~= attempt.nonce then
    raise_error("invalid", "the callback address of task %s names another attempt",
      task_ids.shown(record.id))
  end
end

local function check_record(attempt, record)
  local model = record.request and record.request.model or record.model
  if model ~= attempt.model then
    raise_error("invalid", "task %s is of model %s, attempt %d asked for %s",
      task_ids.shown(record.id), text.line(tostring(model), MAX_SHOWN), attempt.attempt_id,
      attempt.model)
  end
  check_nonce(attempt, record)
  local is_whole = record.request
    and digest.sha256(canonical_json.encode(record.request)) == attempt.body_sha256
  if not is_whole then check_input(attempt, record) end
end

-- If the call has got another task meanwhile, it keeps that task, and this one is surplus.
local function target_state(attempt)
  if attempt.state == "ambiguous" then return "created" end
  return session.journal():live_attempt(attempt.call_id) and "surplus" or "created"
end

local function record_decision(attempt, decision)
  decision.attempt_id, decision.from = attempt.attempt_id, attempt.state
  core.crash_point("Td-before")
  local done, message = session.journal():decide(decision)
  core.crash_point("Td")
  if done then return decision.to end
  raise_error("journal", "attempt %d changed meanwhile (%s); look again: reel show %d",
    attempt.attempt_id, message, attempt.attempt_id)
end

--- Gives an attempt without a known outcome the task that it made. Asks the vendor for the task's
--- record. Raises "invalid" unless the model, the input and the callback address are those of the
--- attempt and no other attempt has the task. Raises "missing" if there is no record.
---@async
---@param number integer   of the attempt
---@param task_id string
---@return "created"|"surplus" state   surplus: the call has another task already
---@return table attempt               its row as it was before
function decide.adopt(number, task_id)
  local attempt = find_attempt(number)
  check_adoptable(attempt)
  check_unused(attempt, task_id)
  local record = fetch_record(task_id)
  check_record(attempt, record)
  local state = record_decision(attempt, {
    kind = "adopt", to = target_state(attempt), task_id = task_id,
    why = "the record of task " .. task_ids.shown(task_id) .. " has the same model and input",
  })
  return state, attempt
end

--- Gives an attempt without a known outcome the task that its callback names, if the vendor's
--- record has the same nonce, model and input and no other attempt has the task. Raises as `adopt`
--- does.
---@async
---@param attempt table   its row, with the call's model and input_json
---@param task_id string
---@return "created"|"surplus"|nil state   nil: the attempt or its call changed meanwhile
---@return reel.Record record
function decide.confirm(attempt, task_id)
  check_unused(attempt, task_id)
  local record = fetch_record(task_id)
  if nonce_of(record) ~= attempt.nonce then
    raise_error("invalid", "the record of task %s does not name this attempt",
      task_ids.shown(task_id))
  end
  check_record(attempt, record)
  local state = target_state(attempt)
  local is_done = inbox.confirm(session.journal(), attempt, state, task_id)
  return is_done and state or nil, record
end

-- Resolving ---------------------------------------------------------------------------------------

-- The state that the attempt gets -> the name in the journal of each kind of decision. After any of
-- them, the next run may send the call again.
local decision_names = {
  absent = { absent = "absent", resend = "resend" },
  abandoned = { absent = "abandon", resend = "resend" },
}

local function check_why(why)
  local line = type(why) == "string" and text.line(why, MAX_WHY) or ""
  if line:find("[^%s?]") then return line end
  raise_error("invalid", "a reason is needed, for people who read the journal later: --why \"…\"")
end

--- Gives up an ambiguous or missing attempt. From then on, its call may be sent again.
---@async
---@param number integer             of the attempt
---@param kind "absent"|"resend"     "absent": no task was made; "resend": send the call again, even
---  if a task was made
---@param why string
---@return "absent"|"abandoned" state, table attempt
function decide.resolve(number, kind, why)
  local reason = check_why(why)
  local attempt = find_attempt(number)
  local to = states[attempt.state].resolve_as
  if not to then
    raise_error("invalid", "attempt %d is %s; only ambiguous and missing attempts need a decision",
      number, attempt.state)
  end
  local decision = { kind = decision_names[to][kind], to = to, why = reason }
  return record_decision(attempt, decision), attempt
end

return decide
