-- Decodes JSON from the network with lua-cjson. This module adds what lua-cjson lacks: size and
-- depth are bounded before anything is built, integers stay integers, and text that JSON does not
-- allow (NaN, 0x10, invalid UTF-8, control bytes) is refused.
--
-- Callers have to know three things. JSON null becomes `json.null`, which is *truthy*, so test
-- `json.value(x)` or the type. When a key occurs twice, its last value counts. An empty array looks
-- like an empty object.
require "reel.core"
local cjson = require "cjson"
local core_json = require "reel.core.json"

local json = {}

--- The value that JSON null is decoded to. It is a userdata, so checks for a table or a string
--- fail for it.
json.null = cjson.null

local MAX_BYTES <const> = 1024 * 1024
local MAX_DEPTH <const> = 64

local decoder = cjson.new()
decoder.decode_invalid_numbers(false)
decoder.decode_max_depth(1000) -- fault_of has checked the real limit, with a better message

local array_mt = { __name = "reel.json.array" }

local function fault_of(text, max_bytes, max_depth)
  if #text > max_bytes then
    return ("the JSON has %d bytes, but at most %d are read"):format(#text, max_bytes)
  end
  local fault, position = core_json.check(text, max_depth)
  if fault == "utf8" then return ("the JSON is not valid UTF-8 at byte %d"):format(position) end
  if fault == "control" then
    return ("the JSON has a control character at byte %d"):format(position)
  end
  if fault then return ("the JSON is nested deeper than %d levels"):format(max_depth) end
end

--- Decodes one JSON text.
---@param text string
---@param limits? { max_bytes?: integer, max_depth?: integer }   Default 1 MiB and 64 levels.
---@return any value        nil when the text is refused
---@return string? message  Why it was refused.
function json.decode(text, limits)
  if type(text) ~= "string" then return nil, "expected JSON text, got " .. type(text) end
  limits = limits or {}
  local fault = fault_of(text, limits.max_bytes or MAX_BYTES, limits.max_depth or MAX_DEPTH)
  if fault then return nil, fault end
  local ok, value = pcall(decoder.decode, text)
  if not ok then return nil, "not JSON: " .. tostring(value) end
  value = core_json.mend(value) -- cjson makes every number a float
  if value == nil then return nil, "the JSON has a number that is too large" end
  return value
end

--- The value itself, but nil for `json.null`.
---@param value any
---@return any
function json.value(value)
  if value == json.null then return nil end
  return value
end

--- Marks a table as an array, so that it is encoded as an array even when it is empty.
---@param list table   marked in place
---@return table
function json.array(list)
  return setmetatable(list, array_mt)
end

--- Whether `json.array` marked a value.
---@param value any
---@return boolean
function json.is_array(value)
  return getmetatable(value) == array_mt
end

--- The number of elements of a list; nil when the table has other keys, or holes, which `#` does
--- not tell.
---@param list table
---@return integer?
function json.length(list)
  local count = 0
  for _ in next, list do count = count + 1 end
  for i = 1, count do
    if rawget(list, i) == nil then return nil end
  end
  return count
end

--- Decodes text that should be an object, as reel wrote it into the journal. Anything else becomes
--- an empty table, since a journal may come from anybody.
---@param text string?
---@return table
function json.decode_object(text)
  local decoded = text and json.decode(text)
  return type(decoded) == "table" and #decoded == 0 and decoded or {}
end

return json
