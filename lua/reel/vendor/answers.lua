-- Says what an answer of the vendor means. The rules are tables, so that they can be reviewed: reel
-- may send a refused create again, so these tables hold only answers that certainly mean that no
-- task was made. An answer that no rule knows is ambiguous.
--
-- The API reports an error as HTTP 200 with a code in the JSON, as an HTTP status, or as a page of
-- the edge, the server in front of the API. The text is in `msg` or in `message`.
local json = require "reel.base.json"
local records = require "reel.vendor.records"
local task_ids = require "reel.vendor.task_ids"
local text = require "reel.base.text"

local answers = {}

--- Seconds after a create in which a task may have no record yet (seen, 2026-03).
answers.NO_RECORD_IS_NORMAL = 90

local RATE_WINDOW <const> = 10 -- seconds; the vendor counts creates in windows of this length

-- Codes which mean that no task was made.
local refusals = {
  [400] = { kind = "rejected" },
  [401] = { kind = "auth" },
  [402] = { kind = "credits" },
  [404] = { kind = "rejected" }, -- no such model
  [422] = { kind = "rejected" },
  [429] = { kind = "rate_limited", wait = RATE_WINDOW },
  [430] = { kind = "rate_limited", wait = RATE_WINDOW },
  [433] = { kind = "credits" },  -- the limit of this API key is used up
  [455] = { kind = "paused" },   -- maintenance, which ends by itself as a pause does
}

-- Texts which mean, together with code 500, that no task was made; with any other text code 500 is
-- ambiguous. The texts also replace the kind "rejected" by a more precise one. They are compared in
-- lower case. Add only texts of answers after which there was certainly no task.
local known_texts = {
  { kind = "paused", pattern = "interface is temporarily paused" },
  { kind = "paused", pattern = "model is temporarily paused" },
  { kind = "credits", pattern = "^credits insufficient" },
  { kind = "credits", pattern = "credits are insufficient" },
  { kind = "credits", pattern = "^insufficient credits" },
  { kind = "rejected", pattern = "this field is required" },
  { kind = "rejected", pattern = "^[%w_]+ is required%.?$" },
}

-- HTTP statuses with which the edge refuses a request before the API gets it.
local edge_refusals = {
  [401] = { kind = "auth" },
  [403] = { kind = "auth" },
  [429] = { kind = "rate_limited", wait = RATE_WINDOW },
}

local function parse(body)
  local value = json.decode(body or "")
  if type(value) == "table" then return value end
end

local function code_of(object)
  local code = object.code
  if type(code) == "string" and code:find("^%d%d?%d?%d?$") then code = tonumber(code) end
  return math.type(code) == "integer" and code or nil
end

local function message_of(object)
  for _, name in ipairs { "msg", "message" } do
    local value = object[name]
    if type(value) == "string" and value:find("%S") then return text.line(value) end
  end
end

local function task_id_of(object)
  local id = type(object.data) == "table" and object.data.taskId
  return type(id) == "string" and id ~= "" and id or nil
end

local function text_rule(message)
  local lower = (message or ""):lower()
  for _, rule in ipairs(known_texts) do
    if lower:find(rule.pattern) then return rule end
  end
end

local function refusal_of(code, message)
  local rule, known = refusals[code], text_rule(message)
  if code == 500 then return known end
  if rule and rule.kind == "rejected" then return known or rule end
  return rule
end

-- JSON without a code comes from the edge or from an old gateway, so the HTTP status is read in
-- place of the code. No 5xx status is a refusal, since a task may exist after it.
local function status_refusal(http_status, message)
  if http_status ~= 500 then
    return refusal_of(http_status, message) or edge_refusals[http_status]
  end
end

-- A JSON answer that was cut off may be the acceptance of a task; a page or plain text is none.
local function looks_like_json(body)
  return (body or ""):find("^%s*[%[{]") ~= nil
end

local function create_verdict(fields, http_status, code)
  fields.http_status, fields.code = http_status, code
  return fields
end

local function ambiguous(message, http_status, code)
  return create_verdict({ class = "ambiguous", kind = "ambiguous", message = message },
    http_status, code)
end

local function refused(rule, message, http_status, code, retry_after)
  local wait = rule.wait and (retry_after or rule.wait)
  return create_verdict({
    class = "refused", kind = rule.kind, wait = wait,
    message = message or ("the vendor refused with code %d"):format(code or http_status),
  }, http_status, code)
end

local function create_from_json(object, http_status, retry_after)
  local id, code, message = task_id_of(object), code_of(object), message_of(object)
  if id then
    local flag = code ~= 200 and ("accepted with code %s"):format(tostring(code)) or nil
    return create_verdict({ class = "created", task_id = id, flag = flag, message = message },
      http_status, code)
  end
  local rule
  if code then rule = refusal_of(code, message) else rule = status_refusal(http_status, message) end
  if rule then return refused(rule, message, http_status, code, retry_after) end
  return ambiguous(("code %s without a task id: %s"):format(tostring(code),
    message or "no message"), http_status, code)
end

-- Why a transfer failed after its first byte was sent.
local transfer_failures = {
  transfer = "the connection broke before the answer was whole",
  timeout = "no answer came in time",
  too_large = "the answer was too large",
}

--- Classifies the answer to a create whose first byte left the machine.
---
--- class  "created": the task exists and is billed; `task_id` is its id. `flag` tells the code
---        when it is not 200.
---        "refused": there is no task. `kind` says why, and `wait` how many seconds to pause before
---        a new attempt, if one may help. `cautious` is set when the edge refused: one new attempt
---        may help.
---        "ambiguous": the task may exist. The request must not be sent again.
---@param http_status integer?
---@param body string?
---@param transport_word string?   why the transfer failed; nil when the answer is whole
---@param retry_after integer?      how many seconds the answer asks to wait
---@return { class: string, kind: reel.ErrorKind?, task_id: string?, message: string?,
---  code: integer?, http_status: integer?, wait: number?, flag: string?, cautious: boolean? }
function answers.create(http_status, body, transport_word, retry_after)
  if transport_word then
    return ambiguous(transfer_failures[transport_word] or transport_word, http_status)
  end
  local object = parse(body)
  if object then return create_from_json(object, http_status, retry_after) end
  local rule = edge_refusals[http_status]
  if rule and not looks_like_json(body) then
    local message = ("HTTP %d from the edge: %s"):format(http_status, text.line(body or "", 100))
    local verdict = refused(rule, message, http_status, nil, retry_after)
    verdict.cautious = true
    return verdict
  end
  return ambiguous(("HTTP %s without a readable answer"):format(tostring(http_status)),
    http_status)
end

-- Queries -----------------------------------------------------------------------------------------

local denied_codes = { [401] = true, [403] = true }
local absent_codes = { [404] = true, [422] = true }
local rate_codes = { [429] = true, [430] = true }

local function failed(message, response, code)
  return {
    class = "failed", kind = response and "server" or "unreachable", retryable = true,
    message = message, code = code,
    http_status = response and response.status,
    retry_after = response and response.retry_after,
  }
end

local function denied(message, response, code)
  return {
    class = "denied", kind = "auth", code = code, http_status = response.status,
    message = message or "the vendor does not accept the API key",
  }
end

-- What a code means with which there is no record and no value.
local function code_verdict(code, object, response)
  local message = message_of(object)
  if denied_codes[code] then return denied(message, response, code) end
  local verdict = failed(("code %s: %s"):format(tostring(code), message or "no message"),
    response, code)
  if rate_codes[code] then verdict.kind = "rate_limited" end
  return verdict
end

local function unreadable(response)
  local status = response.status
  if denied_codes[status] then
    return denied(("HTTP %d"):format(status), response)
  end
  local verdict = failed(("HTTP %s without a readable answer"):format(tostring(status)), response)
  if rate_codes[status] then verdict.kind = "rate_limited" end
  return verdict
end

local function unknown_task(message, response, code)
  return {
    class = "unknown_task", kind = "missing", code = code, http_status = response.status,
    message = message or "the vendor has no record of the task",
  }
end

local function record_verdict(data, response, code, task_id)
  local parsed = records.parse(data)
  if not parsed.id or parsed.state == "unknown" then
    return failed("the answer holds no task record", response, code)
  end
  if task_id and parsed.id ~= task_id then
    return failed(("asked for task %s, got the record of %s"):format(task_ids.shown(task_id),
      task_ids.shown(parsed.id)), response, code)
  end
  return { class = "record", record = parsed, code = code, http_status = response.status }
end

-- The code beside the record of a failed task may be 501, as in its callback.
local function has_record(code, data)
  return code == 200 or code == 501 and type(data) == "table" and data.state == "fail"
end

--- Classifies the answer to a query of a task's record (recordInfo).
---
--- class  "record": `record` is the record as records.parse returns it, settled or not.
---        "unknown_task": the vendor has no such record, which is normal shortly after the create.
---        "denied": the key is not accepted; asking again does not help.
---        "failed": no useful answer came. Ask again, after `retry_after` seconds if it is set.
---@param response { status: integer, retry_after: integer?, body: string }?   nil: no answer came
---@param task_id string?   the task that was asked for; the record of another one counts as failed
---@param word string?      why the transfer failed
---@param message string?   why the transfer failed, for people
---@return { class: string, kind: reel.ErrorKind?, record: reel.Record?, message: string?,
---  code: integer?, http_status: integer?, retry_after: number?, retryable: boolean? }
function answers.query(response, task_id, word, message)
  if not response then return failed(message or word or "no answer") end
  local object = parse(response.body)
  if not object then
    if response.status == 404 then return unknown_task(nil, response) end
    return unreadable(response)
  end
  local code, data = code_of(object) or response.status, object.data
  if absent_codes[code] then return unknown_task(message_of(object), response, code) end
  if not has_record(code, data) then return code_verdict(code, object, response) end
  if data == json.null then return unknown_task(nil, response, code) end
  return record_verdict(data, response, code, task_id)
end

--- The fields of an answer that a poll reads for answers.is_pending.
answers.fields = { "code", "data.taskId", "data.state", "data.progress" }

--- Whether these fields of a record alone show that the task has not ended. If they do not, the
--- whole answer has to be classified.
---@param task_id string   the task that was asked for
---@param code any         this and the rest are the values of answers.fields, in their order
---@param id any
---@param state any
---@param progress any
---@return boolean
function answers.is_pending(task_id, code, id, state, progress)
  return code == 200 and id == task_id and records.pending[state] == true
    and (progress == nil or type(progress) == "number" and progress >= 0 and progress <= 100)
end

--- Classifies the answer to any other request.
---
--- class  "value": `value` is the `data` of the answer.
---        "denied", "failed": as for a query.
---@param response { status: integer, retry_after: integer?, body: string }?   nil: no answer came
---@param word string?      why the transfer failed
---@param message string?   why the transfer failed, for people
---@return { class: string, value: any, kind: reel.ErrorKind?, message: string?, code: integer?,
---  http_status: integer?, retry_after: number?, retryable: boolean? }
function answers.value(response, word, message)
  if not response then return failed(message or word or "no answer") end
  local object = parse(response.body)
  if not object then return unreadable(response) end
  local code, data = code_of(object) or response.status, json.value(object.data)
  if code ~= 200 then return code_verdict(code, object, response) end
  if data == nil then return failed("the answer holds no data", response, code) end
  return { class = "value", value = data, code = code, http_status = response.status }
end

return answers
