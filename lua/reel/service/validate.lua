-- Checks a create by the rules of the API document, with the fields of the model table. The code is
-- 400 for a request that cannot be read and 422 for one that breaks a rule. The message names all
-- fields that are wrong.
local json = require "reel.base.json"
local models = require "reel.models"
local url = require "reel.core.url"

local validate = {}

local UNKNOWN_MODEL <const> = "The model name you specified is not supported"

-- Each rule returns a complaint about a value, or nil. The rules are applied in this order, and the
-- first complaint about a field ends its check.

local function check_strings(value)
  if type(value) ~= "table" then return "expected an array of strings" end
  for key, item in pairs(value) do
    if type(key) ~= "number" then return "expected an array of strings" end
    if type(item) ~= "string" then return "expected only strings in the array" end
  end
end

local function check_type(field, value)
  if field.type == "any" then return end
  if field.type == "string[]" then return check_strings(value) end
  local actual = math.type(value) == "integer" and field.type == "integer" and "integer"
    or type(value)
  if actual ~= field.type then
    return ("expected a %s, got a %s"):format(field.type, type(value))
  end
end

local function check_presence(field, value)
  if field.required and (value == "" or type(value) == "table" and #value == 0) then
    return "This field is required"
  end
end

local function check_count(field, value)
  if type(value) ~= "table" then return end
  if field.max_items and #value > field.max_items then
    return ("at most %d items, got %d"):format(field.max_items, #value)
  end
end

local function check_length(field, text)
  local length = utf8.len(text)
  if not length then return "expected UTF-8 text" end
  if field.max_length and length > field.max_length then
    return ("at most %d characters, got %d"):format(field.max_length, length)
  end
end

local function check_option(field, text)
  if not field.options then return end
  for _, option in ipairs(field.options) do
    if text == option then return end
  end
  return "expected one of " .. table.concat(field.options, ", ")
end

local function check_url(field, text)
  local is_optional = text == "" and not field.required
  if field.format == "url" and not is_optional and not url.is_web(text) then
    return "expected an http(s) URL"
  end
end

-- The rules for a text are applied to each element of a list.
local function check_texts(field, value)
  for _, text in ipairs(type(value) == "table" and value or { value }) do
    if type(text) == "string" then
      local complaint = check_length(field, text) or check_option(field, text)
        or check_url(field, text)
      if complaint then return complaint end
    end
  end
end

local RULES <const> = { check_type, check_presence, check_count, check_texts }

local function complaint_about(field, value)
  if value == nil or value == json.null then
    return field.required and "This field is required" or nil
  end
  for _, rule in ipairs(RULES) do
    local complaint = rule(field, value)
    if complaint then return complaint end
  end
end

-- Fields that the model does not have are ignored, as most models of the live API ignore them.
local function check_fields(model, request)
  local problems = {}
  for _, field in ipairs(model.fields) do
    local place = field.place == "request" and request or request.input
    local complaint = complaint_about(field, place[field.name])
    if complaint then problems[#problems + 1] = field.name .. ": " .. complaint end
  end
  if #problems > 0 then return table.concat(problems, "; ") end
end

local function is_given(value)
  return value ~= nil and value ~= json.null and value ~= ""
end

local function check_envelope(request)
  if not is_given(request.model) then return 400, "The model parameter is required" end
  if not is_given(request.input) then return 400, "The input parameter is required" end
  if type(request.model) ~= "string" then return 422, "model: expected a string" end
  if type(request.input) ~= "table" then return 422, "input: expected an object" end
  if is_given(request.callBackUrl) and not url.is_web(request.callBackUrl) then
    return 422, "callBackUrl: expected an http(s) URL"
  end
end

---@class reel.service.Request
---@field model table         The entry in the model table.
---@field input table<string, any>   Without fields that were null.
---@field callback_url? string

local function without_nulls(input)
  local copy = {}
  for name, value in pairs(input) do
    if value ~= json.null then copy[name] = value end
  end
  return copy
end

---Reads and checks the body of a create. The rules that need the state of the service are checked
---in reel.service.references.
---@param body string
---@return reel.service.Request?
---@return integer? code
---@return string? message
function validate.create(body)
  local request, message = json.decode(body)
  if type(request) ~= "table" then
    return nil, 400, "The request body is not a JSON object: " .. (message or type(request))
  end
  local code
  code, message = check_envelope(request)
  if code then return nil, code, message end

  local model = models.get(request.model)
  if not model then return nil, 422, UNKNOWN_MODEL end
  message = check_fields(model, request)
  if message then return nil, 422, message end
  return {
    model = model, input = without_nulls(request.input),
    callback_url = is_given(request.callBackUrl) and request.callBackUrl or nil,
  }
end

return validate
