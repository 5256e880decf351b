-- Reads the record of a task, which recordInfo sends, in every form that was seen: resultJson and
-- param may be empty, null, a JSON string, a JSON string in a JSON string, or an object; numbers
-- may be strings. No content of a record makes this module raise an error.
--
-- A task has succeeded only when its state is "success": resultJson may be filled while the task is
-- still waiting. The elapsed time is computed from createTime and completeTime, since costTime is
-- documented in milliseconds but sent in seconds.
local json = require "reel.base.json"
local log = require "reel.base.log"
local text = require "reel.base.text"
local url = require "reel.core.url"

---@class reel.Record
---@field id string?
---@field model string?
---@field state string               As sent; "unknown" when there is none.
---@field known boolean              Whether the state is documented; other states count as pending.
---@field settled boolean            Whether the state is "success" or "fail".
---@field urls string[]              The results; empty until success, and for characters.
---@field watermarked_urls string[]
---@field object table?              The resultObject of a character.
---@field handle string?             "@name" of a character.
---@field fail_code string?
---@field fail_msg string?
---@field reason reel.FailReason?    Why it failed, when the text is a known one.
---@field elapsed number?            Seconds from createTime to completeTime.
---@field credits number?            The price of the task.
---@field progress number?           0 to 100.
---@field param any                  The request as the vendor echoes it; see `records.request`.
---@field created_ms integer?        Milliseconds since the epoch, as completed_ms.
---@field completed_ms integer?

---@alias reel.FailReason
---| "copyright"    # the prompt asks for something protected; the same prompt fails again
---| "moderation"   # the prompt breaks the vendor's rules; the same prompt fails again
---| "outage"       # an internal error of the vendor; nothing was billed

local records = {}

local MAX_RESULTS <const> = 100 -- a limit of reel; models make a handful
local MAX_STRINGS_IN_STRINGS <const> = 3

local states = {
  waiting = "pending", queuing = "pending", generating = "pending", success = "settled",
  fail = "settled",
}

-- Texts of failed tasks whose reason is known, in lower case; the first one that matches counts. A
-- rule with `free` counts only when the task took no time (costTime is 0).
local reasons = {
  { reason = "copyright", pattern = "copyright" },
  { reason = "copyright", pattern = "similarity to third%-party content" },
  { reason = "moderation", pattern = "guardrail" },
  { reason = "moderation", pattern = "photorealistic people" },
  { reason = "moderation", pattern = "content polic" },
  { reason = "moderation", pattern = "moderation" },
  { reason = "outage", pattern = "internal error", free = true },
}

local function text_of(value)
  if type(value) == "string" and value ~= "" then return value end
  if math.type(value) == "integer" then return tostring(value) end
end

local function number_of(value)
  if type(value) == "string" and value:find("^%d+%.?%d*$") then value = tonumber(value) end
  if type(value) == "number" and value >= 0 and value < math.huge then
    return math.tointeger(value) or value
  end
  return nil
end

local function integer_of(value)
  local number = number_of(value)
  return math.type(number) == "integer" and number or nil
end

-- Fields that are null are left out. Nulls in lists stay, since later elements keep their places.
local function without_nulls(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, item in pairs(value) do
    local is_absent = item == json.null and type(key) == "string"
    if not is_absent then copy[key] = without_nulls(item) end
  end
  return copy
end

-- Takes a table, JSON text, or a JSON string that holds JSON text.
local function table_of(value)
  for _ = 1, MAX_STRINGS_IN_STRINGS do
    if type(value) ~= "string" then break end
    value = json.decode(value)
  end
  if type(value) == "table" then return without_nulls(value) end
end

local function urls_of(value)
  if type(value) == "string" then value = table_of(value) or { value } end
  local links, urls = type(value) == "table" and value or {}, {}
  if #links > MAX_RESULTS then
    log.write("warn", ("a record names %d results; reel takes the first %d"):format(#links,
      MAX_RESULTS))
  end
  for i = 1, math.min(#links, MAX_RESULTS) do
    if url.is_web(links[i]) then urls[#urls + 1] = links[i] end
  end
  return urls
end

local function handle_of(object)
  local name = object and text_of(object.character_user_name)
  if name and not name:find("[%c%s]") then return "@" .. name:gsub("^@", "") end
end

local function reason_of(fail_msg, data)
  local message = (fail_msg or ""):lower()
  for _, rule in ipairs(reasons) do
    local applies = not rule.free or number_of(data.costTime) == 0
    if applies and message:find(rule.pattern) then return rule.reason end
  end
end

local function read_result(parsed, data)
  local result = table_of(data.resultJson) or {}
  parsed.urls = urls_of(result.resultUrls)
  parsed.watermarked_urls = urls_of(result.resultWaterMarkUrls)
  parsed.object = table_of(result.resultObject)
  parsed.handle = handle_of(parsed.object)
end

local function read_failure(parsed, data)
  local message, code = text_of(data.failMsg), text_of(data.failCode)
  parsed.fail_msg = message and text.line(message)
  parsed.fail_code = code and text.line(code, 40)
  parsed.reason = reason_of(message, data)
end

local function read_times(parsed, data)
  parsed.created_ms = integer_of(data.createTime)
  parsed.completed_ms = integer_of(data.completeTime)
  if parsed.created_ms and parsed.completed_ms and parsed.completed_ms >= parsed.created_ms then
    parsed.elapsed = (parsed.completed_ms - parsed.created_ms) / 1000
  end
end

--- Reads a record. Fields that are missing or unreadable in it stay nil.
---@param data any   the `data` of an answer, decoded
---@return reel.Record
function records.parse(data)
  if type(data) ~= "table" then data = {} end
  local state = text_of(data.state) or "unknown"
  local progress = number_of(data.progress)
  local parsed = {
    id = text_of(data.taskId) or text_of(data.task_id), model = text_of(data.model),
    state = text.line(state, 40), known = states[state] ~= nil,
    settled = states[state] == "settled", urls = {}, watermarked_urls = {},
    credits = number_of(data.creditsConsumed), progress = progress and math.min(progress, 100),
    param = json.value(data.param),
  }
  if state == "success" then read_result(parsed, data) end
  if state == "fail" then read_failure(parsed, data) end
  read_times(parsed, data)
  return parsed
end

--- The states in which a task is known not to have ended.
---@type table<any, true?>
records.pending = {}
for state, kind in pairs(states) do
  records.pending[state] = kind == "pending" or nil
end

--- The request that a record echoes. records.parse does not read it, since it never changes and
--- most records are read for their state.
---@param parsed { param: any }
---@return table? request   nil if it is unreadable; its `input` is a table or nil
function records.request(parsed)
  local request = table_of(parsed.param)
  if request then request.input = table_of(request.input) end
  return request
end

return records
