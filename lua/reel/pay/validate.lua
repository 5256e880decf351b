-- Checks an input against its model before anything is sent. One error tells all problems, so that
-- a person can correct them together.
local Error = require "reel.base.error"
local call_options = require "reel.pay.options"
local json = require "reel.base.json"
local did_you_mean = require "reel.base.did_you_mean"
local text = require "reel.base.text"
local url = require "reel.core.url"

---@class reel.Problem
---@field field string
---@field message string   A sentence that names the field.

local validate = {}

local MAX_QUOTED <const> = 40 -- characters of a wrong value that a message shows

local function quote(value)
  return '"' .. text.line(value, MAX_QUOTED) .. '"'
end

local function describe(value)
  if value == json.null then return "null" end
  if type(value) == "string" then return "the string " .. quote(value) end
  if type(value) == "number" then return "the number " .. tostring(value) end
  if type(value) == "boolean" or value == nil then return tostring(value) end
  return "a " .. type(value)
end

local function list_options(options)
  local quoted = {}
  for i, option in ipairs(options) do quoted[i] = '"' .. option .. '"' end
  local last = table.remove(quoted)
  if #quoted == 0 then return last end
  return table.concat(quoted, ", ") .. " or " .. last
end

local function is_option(options, value)
  for _, option in ipairs(options) do
    if option == value then return true end
  end
  return false
end

-- Each of the following functions returns nil, or what is wrong with the value. The text is the end
-- of a sentence that begins with the name of the field.

local function url_fault(value)
  if value:find("[%c%s]") then return "must be a URL without spaces, got " .. quote(value) end
  if not url.is_web(value) then
    return "must be a URL that begins with http:// or https://, got " .. quote(value)
  end
end

local function length_fault(field, value)
  local length, bad = utf8.len(value)
  if not length then return ("is not valid UTF-8 at byte %d"):format(bad) end
  if field.max_length and length > field.max_length then
    return ("has %d characters, at most %d are allowed"):format(length, field.max_length)
  end
end

local function option_fault(field, value)
  if not field.options or is_option(field.options, value) then return nil end
  return ("must be %s, got %s%s"):format(list_options(field.options), quote(value),
    did_you_mean.hint(value, field.options))
end

local function text_fault(field, value)
  if field.required and not value:find("%S") then return "must not be empty" end
  return length_fault(field, value) or option_fault(field, value)
    or field.format == "url" and url_fault(value) or nil
end

-- A number in place of a string is the usual mistake, so the message says how to write the string.
local function string_fault(field, value)
  if type(value) == "string" then return text_fault(field, value) end
  local wanted = field.options and "the string " .. list_options(field.options) or "a string"
  local written = math.type(value) == "float" and math.tointeger(value) or value
  local would_pass = not field.options or is_option(field.options, tostring(written))
  local advice = ""
  if type(value) == "number" and would_pass then
    advice = (': write %s = "%s"'):format(field.name, written)
  end
  return ("must be %s, got %s%s"):format(wanted, describe(value), advice)
end

local function boolean_fault(field, value)
  if type(value) == "boolean" then return nil end
  local is_word = value == "true" or value == "false"
  local advice = is_word and (": write %s = %s"):format(field.name, value) or ""
  return ("must be true or false, got %s%s"):format(describe(value), advice)
end

local function number_fault(_, value)
  if type(value) ~= "number" then return "must be a number, got " .. describe(value) end
  if value ~= value or math.abs(value) == math.huge then return "must be a finite number" end
end

local function integer_fault(_, value)
  if type(value) == "number" and math.tointeger(value) then return nil end
  return "must be a whole number, got " .. describe(value)
end

local function count_fault(field, count)
  if field.required and count == 0 then return "must not be empty" end
  if field.min_items and count < field.min_items then
    return ("has %d elements, at least %d are needed"):format(count, field.min_items)
  end
  if field.max_items and count > field.max_items then
    return ("has %d elements, at most %d are allowed"):format(count, field.max_items)
  end
end

local function element_fault(field, value)
  if type(value) ~= "string" then return "must be a string, got " .. describe(value) end
  if not value:find("%S") then return "must not be empty" end
  return text_fault(field, value)
end

local function list_fault(field, list)
  if type(list) ~= "table" then
    local advice = type(list) == "string" and (": write %s = { … }"):format(field.name) or ""
    return ("must be a list of strings, got %s%s"):format(describe(list), advice)
  end
  local count = json.length(list)
  if not count then return "must be a list without names or holes" end
  local fault = count_fault(field, count)
  if fault then return fault end
  for i = 1, count do
    fault = element_fault(field, list[i])
    if fault then return ("element %d %s"):format(i, fault) end
  end
end

local faults = {
  string = string_fault,
  boolean = boolean_fault,
  number = number_fault,
  integer = integer_fault,
  ["string[]"] = list_fault,
  any = function() end,
}

local function add(problems, field, message, ...)
  problems[#problems + 1] = { field = field, message = message:format(...) }
end

local function check_fields(model, input, problems)
  for _, field in ipairs(model.fields) do
    local value = rawget(input, field.name)
    if value == nil then
      if field.required then add(problems, field.name, "%s is required", field.name) end
    else
      local fault = faults[field.type](field, value)
      if fault then add(problems, field.name, "%s %s", field.name, fault) end
    end
  end
end

local function field_names(model)
  local names, is_known = {}, {}
  for i, field in ipairs(model.fields) do
    names[i], is_known[field.name] = field.name, true
  end
  return names, is_known
end

local function unknown_keys(input, is_known)
  local keys = {}
  for key in next, input do
    if not is_known[key] then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

local function unknown_message(key, names)
  if type(key) ~= "string" then
    return ("a field has a name, got %s without one"):format(describe(key))
  end
  if call_options.by_name[key] then
    return ("%s is an option: write it in the second argument of the call"):format(key)
  end
  local hint = did_you_mean.hint(key, names)
  if hint == "" then hint = "; known: " .. table.concat(names, ", ") end
  return ("unknown field %s%s"):format(quote(key), hint)
end

local function check_names(model, input, problems)
  local names, is_known = field_names(model)
  for _, key in ipairs(unknown_keys(input, is_known)) do
    if not (model.open and type(key) == "string") then
      add(problems, tostring(key), "%s", unknown_message(key, names))
    end
  end
end

local function message_of(model, problems)
  if #problems == 1 then return model.name .. ": " .. problems[1].message end
  local lines = { ("%s: %d problems"):format(model.name, #problems) }
  for i, problem in ipairs(problems) do lines[i + 1] = "  " .. problem.message end
  return table.concat(lines, "\n")
end

local function refuse_input(model, problems)
  return nil, Error.new {
    kind = "invalid", message = message_of(model, problems), problems = problems,
  }
end

-- The key, the journal and the request are made from a copy, which the caller cannot change.
local function deep_copy(value, seen)
  if type(value) ~= "table" then return value end
  if seen[value] then return seen[value] end -- a cycle ends here; the encoder refuses it
  local copy = json.is_array(value) and json.array {} or {}
  seen[value] = copy
  for key, item in next, value do copy[key] = deep_copy(item, seen) end
  return copy
end

local function normalise(model, input, with_defaults)
  local copy = deep_copy(input, {})
  for _, field in ipairs(model.fields) do
    local name = field.name
    if copy[name] == nil and with_defaults then copy[name] = deep_copy(field.default, {}) end
    if field.type == "string[]" and copy[name] then json.array(copy[name]) end
    if field.type == "integer" and copy[name] then copy[name] = math.tointeger(copy[name]) end
  end
  return copy
end

--- Checks an input whose tasks and local files have already become ids and URLs.
---@param model reel.Model
---@param input table   not changed
---@param options? { defaults?: boolean }   `defaults`: add the vendor's defaults
---@return table? copy
---@return reel.Error? err   kind "invalid", with all `problems` (reel.Problem[])
function validate.input(model, input, options)
  if type(input) ~= "table" then
    local message = "the input must be a table, got " .. describe(input)
    return refuse_input(model, { { field = "input", message = message } })
  end
  local problems = {}
  check_fields(model, input, problems)
  check_names(model, input, problems)
  if #problems > 0 then return refuse_input(model, problems) end
  return normalise(model, input, options and options.defaults)
end

return validate
