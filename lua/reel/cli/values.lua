-- Reads field=value words of the command line as the input of a model.
local did_you_mean = require "reel.base.did_you_mean"
local usage = require "reel.show.usage"

local values = {}

-- Functions that turn a word into a value of a type, or return nil if the word does not fit.
local parsers = {
  string = function(word) return word end,
  boolean = function(word) return ({ ["true"] = true, ["false"] = false })[word] end,
  integer = function(word) return math.tointeger(tonumber(word)) end,
  number = tonumber,
}

local examples = { boolean = "true or false", integer = "a whole number", number = "a number" }

local function parse_value(field, word)
  local kind = field.type:gsub("%[%]$", "")
  local value = (parsers[kind] or parsers.string)(word)
  if value ~= nil then return value end
  usage.raise(("%s must be %s, got %s"):format(field.name, examples[kind], word))
end

local function find_field(model, name)
  for _, field in ipairs(model.fields) do
    if field.name == name then return field end
  end
  return { name = name, type = "string" } -- the validation of the input refuses it
end

local function split_word(word)
  local name, value = word:match("^([^=]+)=(.*)$")
  if name then return name, value end
  usage.raise(('"%s" does not have the form field=value'):format(word),
    "for example: prompt=\"A lighthouse in a storm\" aspect_ratio=portrait")
end

--- Reads words as an input. A field that is a list is given once for each element. Raises usage
--- errors.
---@param model reel.Model
---@param words string[]
---@return table
function values.parse(model, words)
  local input = {}
  for _, word in ipairs(words) do
    local name, text = split_word(word)
    local field = find_field(model, name)
    local value = parse_value(field, text)
    if field.type:find("%[%]$") then
      input[name] = input[name] or {}
      table.insert(input[name], value)
    elseif input[name] ~= nil then
      usage.raise(name .. " is given twice")
    else
      input[name] = value
    end
  end
  return input
end

--- The model of this name. Raises usage errors.
---@param models table   reel.models
---@param name string
---@return reel.Model
function values.model(models, name)
  local model = models.get(name)
  if model then return model end
  local names = {}
  for i, known in ipairs(models.list()) do names[i] = known.name end
  usage.raise(('unknown model "%s"%s'):format(name, did_you_mean.hint(name, names)),
    "to list the models: reel models")
end

return values
