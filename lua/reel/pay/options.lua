-- The options of a call, which are its second argument. Each is defined once, in the list below;
-- spec/meta_spec.lua compares the annotations with it.
local Error = require "reel.base.error"
local did_you_mean = require "reel.base.did_you_mean"

local options = {}

---@class reel.CallOptions
---@field key? string            Identifies the call in place of its content; 1 to 200 bytes.
---@field take? integer          1, 2, …: another clip of the same call. Default 1.
---@field retry_failed? boolean  Make a failed task again. Default: the setting of this name.
---@field timeout? number        Seconds for the task to be accepted; default: no limit.
---@field defaults? boolean      Send the documented defaults of fields that are not given.
---@field on_progress? fun(task: reel.Task)   The default of task:wait's option on_progress.

local function is_text(value) return type(value) == "string" and value ~= "" and #value <= 200 end
local function is_flag(value) return type(value) == "boolean" end

---@class reel.CallOption
---@field name string
---@field type string       As in reel.CallOptions.
---@field expected string   For messages: "must be …".
---@field check fun(value: any): boolean

---@type reel.CallOption[]
options.list = {
  { name = "key", type = "string", expected = "a string of 1 to 200 bytes", check = is_text },
  { name = "take", type = "integer", expected = "1, 2, 3, …",
    check = function(v) return math.type(v) == "integer" and v >= 1 end },
  { name = "retry_failed", type = "boolean", expected = "true or false", check = is_flag },
  { name = "timeout", type = "number", expected = "seconds above 0",
    check = function(v) return type(v) == "number" and v > 0 end },
  { name = "defaults", type = "boolean", expected = "true or false", check = is_flag },
  { name = "on_progress", type = "fun(task: reel.Task)", expected = "a function",
    check = function(v) return type(v) == "function" end },
}

local names = {}
options.by_name = {}
for i, option in ipairs(options.list) do
  names[i], options.by_name[option.name] = option.name, option
end

local function fault(name, value)
  local option = options.by_name[name]
  if not option then
    return ("unknown option %q%s"):format(tostring(name), did_you_mean.hint(tostring(name), names))
  end
  if option.check(value) then return nil end
  return ("option %s must be %s, got %s"):format(name, option.expected, tostring(value))
end

--- The error for wrong options of a call; nil: the options are right.
---@param given any
---@return reel.Error? err   kind "invalid"
function options.fault(given)
  if type(given) ~= "table" then
    return Error.new({ kind = "invalid", message = "options must be a table, got a "
      .. type(given) })
  end
  for name, value in pairs(given) do
    local message = fault(name, value)
    if message then return Error.new({ kind = "invalid", message = message }) end
  end
end

return options
