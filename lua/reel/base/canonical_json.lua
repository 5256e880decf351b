-- Encodes a value as JSON; equal values give equal text in every process and every version. Request
-- bodies and the keys under which paid calls are found again are made with this module, so a change
-- of the output for any value would make reruns pay again.
--
-- Keys are sorted by their bytes. Integers are written as integers, other numbers as the shortest
-- text that reads back equal. The bytes of strings are kept.
local Error = require "reel.base.error"
local json = require "reel.base.json"

local canonical_json = {}

local MAX_EXACT <const> = 2 ^ 53

local escapes = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
  ["\t"] = "\\t",
}

local encode_value

local function raise_invalid(path, what)
  Error.raise { kind = "invalid", message = path .. " " .. what }
end

local function escape(char)
  return escapes[char] or ("\\u%04x"):format(char:byte())
end

local function encode_string(text, path)
  local length, bad = utf8.len(text)
  if not length then raise_invalid(path, "is not valid UTF-8 at byte " .. bad) end
  return '"' .. text:gsub('[\0-\31"\\]', escape) .. '"'
end

-- A host may have set a locale whose decimal sign is a comma.
local function print_float(format, number)
  return (format:format(number):gsub(",", "."))
end

local function encode_float(number)
  for digits = 15, 16 do
    local text = print_float("%." .. digits .. "g", number)
    if tonumber(text) == number then return text end
  end
  return print_float("%.17g", number)
end

local function encode_number(number, path)
  if number ~= number then raise_invalid(path, "is not a number (NaN)") end
  if number == math.huge or number == -math.huge then raise_invalid(path, "is infinite") end
  if math.type(number) == "float" and math.abs(number) > MAX_EXACT then
    return encode_float(number)
  end
  local integer = math.tointeger(number)
  return integer and ("%d"):format(integer) or encode_float(number)
end

-- Compares bytes, since `<` on strings follows the locale of the host.
local function is_less(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local function encode_array(list, count, path, seen)
  local parts = {}
  for i = 1, count do
    parts[i] = encode_value(list[i], ("%s[%d]"):format(path, i), seen)
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function sorted_keys(object, path)
  local keys = {}
  for key in next, object do
    if type(key) ~= "string" then
      raise_invalid(path,
        ("mixes names and positions, or has holes (key %s)"):format(tostring(key)))
    end
    keys[#keys + 1] = key
  end
  table.sort(keys, is_less)
  return keys
end

local function encode_object(object, path, seen)
  local parts = {}
  for i, key in ipairs(sorted_keys(object, path)) do
    local name = encode_string(key, path .. ": a name")
    parts[i] = name .. ":" .. encode_value(object[key], path .. "." .. key, seen)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function encode_table(value, path, seen)
  if seen[value] then raise_invalid(path, "contains itself") end
  seen[value] = true
  local count = json.length(value)
  local is_array = count and (count > 0 or json.is_array(value))
  if json.is_array(value) and not is_array then
    raise_invalid(path, "is not a list without holes")
  end
  local text = is_array and encode_array(value, count, path, seen)
    or encode_object(value, path, seen)
  seen[value] = nil
  return text
end

local encoders = {
  string = encode_string,
  number = encode_number,
  boolean = tostring,
  table = encode_table,
}

function encode_value(value, path, seen)
  if value == json.null then return "null" end
  local encoder = encoders[type(value)]
  if not encoder then raise_invalid(path, "cannot be sent: it is a " .. type(value)) end
  return encoder(value, path, seen)
end

--- Encodes a value as JSON.
---
--- A table is an array when `json.array` marked it or when it is a non-empty sequence, and an
--- object otherwise, so an unmarked empty table is `{}`. NaN, infinities, cycles, mixed tables,
--- invalid UTF-8 and types that JSON does not have raise an error of kind "invalid", which names
--- the place in the value.
---@param value any
---@param name? string   What error messages call the value; default "value".
---@return string
function canonical_json.encode(value, name)
  return encode_value(value, name or "value", {})
end

return canonical_json
