-- What an answer of the vendor means. The rules are data, because money hangs on them: a create
-- that is called refused is sent again, so only a definite no may be in these tables. Whatever no
-- rule knows is ambiguous. The API answers errors as HTTP 200 with a code in the JSON, as real
-- HTTP statuses, or as a page of the edge in front of it; the text is in `msg` or in `message`.
local json = require "reel.base.json"
local record = require "reel.vendor.records"
local text = require "reel.base.text"

local answer = {}

--- Seconds after a create in which a task may have no record yet (seen, 2026-03).
answer.NO_RECORD_IS_NORMAL = 90

local RATE_WINDOW <const> = 10 -- seconds; the vendor counts creates in windows of this length

-- Codes that say that no task was made.
local refusals = {
  [400] = { kind = "rejected" },
  [401] = { kind = "auth" },
  [402] = { kind = "credits" },
  [404] = { kind = "rejected" }, -- no such model
  [422] = { kind = "rejected" },
  [429] = { kind = "rate_limited", wait = RATE_WINDOW },
  [430] = { kind = "rate_limited", wait = RATE_WINDOW },
  [433] = { kind = "credits" },  -- the limit of a sub-key is used up
  [455] = { kind = "paused" },   -- maintenance: like a pause, it ends by itself
}

-- Code 500 says nothing about a task unless its text is one of these, in lower case. They also
-- make the kind of a "rejected" more precise. Add only texts that were seen without a task.
local known_texts = {
  { kind = "paused", pattern = "interface is temporarily paused" },
  { kind = "paused", pattern = "model is temporarily paused" },
  { kind = "credits", pattern = "^credits insufficient" },
  { kind = "credits", pattern = "credits are insufficient" },
  { kind = "credits", pattern = "^insufficient credits" },
  { kind = "rejected", pattern = "this field is required" },
  { kind = "rejected", pattern = "^[%w_]+ is required%.?$" },
}

-- Statuses with which the edge turns a request away before the API sees it.
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

-- JSON without a code comes from the edge or from an old gateway: its status speaks instead, but
-- never a 5xx, which says nothing about the task.
local function status_refusal(http_status, message)
  if http_status ~= 500 then
    return refusal_of(http_status, message) or edge_refusals[http_status]
  end
end

-- A cut JSON answer may be the acceptance of a task; a page or a bare text is none.
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

-- How a transfer ended that had begun.
local broken = {
  transfer = "the connection broke before the answer was whole",
  timeout = "no answer came in time",
  too_large = "the answer was too large",
}

--- Classifies the answer to a create whose first byte left the machine.
---
--- class  "created": the task exists and is billed, `task_id` is its id. `flag` says what was odd.
---        "refused": there is no task; `kind` says why, `wait` (seconds) how long to pause before
---        a new attempt. `cautious`: the edge refused, one retry is worth it.
---        "ambiguous": nobody knows. Never send again.
---@param http_status integer?
---@param body string?
---@param transport_word string?   what the transfer failed with; nil when the answer is whole
---@param retry_after integer?   seconds that the answer asks to wait
---@return { class: string, kind: reel.ErrorKind?, task_id: string?, message: string?,
---  code: integer?, http_status: integer?, wait: number?, flag: string?, cautious: boolean? }
function answer.create(http_status, body, transport_word, retry_after)
  if transport_word then
    return ambiguous(broken[transport_word] or transport_word, http_status)
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

-- What a code other than a good one says.
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
  local parsed = record.parse(data)
  if not parsed.id or parsed.state == "unknown" then
    return failed("the answer holds no task record", response, code)
  end
  if task_id and parsed.id ~= task_id then
    return failed(("asked for task %s, got the record of %s"):format(task_id,
      text.line(parsed.id, 100)), response, code)
  end
  return { class = "record", record = parsed, code = code, http_status = response.status }
end

-- The envelope of a failed task may have code 501, as its callback has.
local function is_good(code, data)
  return code == 200 or code == 501 and type(data) == "table" and data.state == "fail"
end

--- Classifies the answer to a recordInfo.
---
--- class  "record": `record` is what record.parse made of it, settled or not.
---        "unknown_task": no such record, which is normal shortly after the create.
---        "denied": the key is not accepted; asking again does not help.
---        "failed": no answer or no useful one; ask again, after `retry_after` seconds if given.
---@param response { status: integer, retry_after: integer?, body: string }?   nil: no answer came
---@param task_id string?   a record of another task counts as failed
---@param word string?      of the failed transfer
---@param message string?   of the failed transfer
---@return { class: string, kind: reel.ErrorKind?, record: reel.Record?, message: string?,
---  code: integer?, http_status: integer?, retry_after: number?, retryable: boolean? }
function answer.query(response, task_id, word, message)
  if not response then return failed(message or word or "no answer") end
  local object = parse(response.body)
  if not object then
    if response.status == 404 then return unknown_task(nil, response) end
    return unreadable(response)
  end
  local code, data = code_of(object) or response.status, object.data
  if absent_codes[code] then return unknown_task(message_of(object), response, code) end
  if not is_good(code, data) then return code_verdict(code, object, response) end
  if data == json.null then return unknown_task(nil, response, code) end
  return record_verdict(data, response, code, task_id)
end

--- What a poll has to look at for answer.is_pending.
answer.fields = { "code", "data.taskId", "data.state", "data.progress" }

--- Whether an answer to a recordInfo says, by its fields alone, that the task has not ended.
--- Otherwise there is more to read.
---@param task_id string
---@param code any   and so on: the values of answer.fields
---@return boolean
function answer.is_pending(task_id, code, id, state, progress)
  return code == 200 and id == task_id and record.pending[state] == true
    and (progress == nil or type(progress) == "number" and progress >= 0 and progress <= 100)
end

--- Classifies any other answer: class "value" with `value`, the `data` of the answer; "denied" or
--- "failed" as for a query.
---@param response { status: integer, retry_after: integer?, body: string }?
---@param word string?
---@param message string?
---@return { class: string, value: any, kind: reel.ErrorKind?, message: string?, code: integer?,
---  http_status: integer?, retry_after: number?, retryable: boolean? }
function answer.value(response, word, message)
  if not response then return failed(message or word or "no answer") end
  local object = parse(response.body)
  if not object then return unreadable(response) end
  local code, data = code_of(object) or response.status, json.value(object.data)
  if code ~= 200 then return code_verdict(code, object, response) end
  if data == nil then return failed("the answer holds no data", response, code) end
  return { class = "value", value = data, code = code, http_status = response.status }
end

return answer
