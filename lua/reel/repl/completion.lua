-- Completes names that a person types. This must not run any code of the user: fields are read raw,
-- and only an __index that is a table is followed.
local Task = require "reel.tasks.task"
local job = require "reel.core.job"

local completion = {}

local MAX_DEPTH <const> = 10 -- tables that are followed by __index, which may form a cycle

-- The __index of these types is a function; it looks into these tables.
local classes = { ["reel.Task"] = Task, ["reel.Job"] = job.methods }

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do keywords[word] = true end

-- The tables in which a value's fields are found.
local function places_of(value)
  local places = {}
  for _ = 1, MAX_DEPTH do
    if type(value) == "table" then places[#places + 1] = value end
    local mt = debug.getmetatable(value)
    if type(mt) ~= "table" then break end
    local class = classes[rawget(mt, "__name")]
    local index = rawget(mt, "__index")
    if class then places[#places + 1] = class end
    if type(index) ~= "table" then break end
    value = index
  end
  return places
end

local function raw_field(value, name)
  for _, place in ipairs(places_of(value)) do
    local found = rawget(place, name)
    if found ~= nil then return found end
  end
end

-- The value of a path like "a.b.c"; nil when a part of it is missing.
local function resolve(path)
  local value = _G
  for name in path:gmatch("[%a_][%w_]*") do
    value = raw_field(value, name)
    if value == nil then return nil end
  end
  return value
end

-- Names with a leading underscore are offered only after an underscore was typed.
local function is_offered(name, prefix)
  return type(name) == "string" and name:sub(1, #prefix) == prefix
    and name:find("^[%a_][%w_]*$") and (prefix ~= "" or name:sub(1, 1) ~= "_")
end

local function collect(found, place, prefix, only_functions)
  for name, value in next, place do
    local fits = not only_functions or type(value) == "function"
    if fits and is_offered(name, prefix) then found[name] = true end
  end
end

local function sorted(found)
  local list = {}
  for name in pairs(found) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function common_start(list)
  local first, last = list[1], list[#list]
  local length = 0
  while length < #first and first:byte(length + 1) == last:byte(length + 1) do
    length = length + 1
  end
  return first:sub(1, length)
end

local function candidates(path, separator, prefix)
  local found = {}
  if path == "" then
    collect(found, keywords, prefix)
    collect(found, _G, prefix)
    return sorted(found)
  end
  local value = resolve(path)
  if value == nil then return {} end
  for _, place in ipairs(places_of(value)) do collect(found, place, prefix, separator == ":") end
  return sorted(found)
end

-- The path, its last separator and the beginning of a name, at the end of a text. Returns nothing
-- when the path continues a call or an index, whose value is unknown.
local function split_path(text)
  local word = text:match("[%w_.:]*$")
  local path, separator, prefix = word:match("^(.-)([.:])([%w_]*)$")
  if not path then return "", "", word end
  if path:find("^[%a_]") then return path, separator, prefix end
end

local function complete_command(text, commands)
  local found = {}
  for _, name in ipairs(commands) do
    if name:sub(1, #text) == text then found[name] = true end
  end
  return sorted(found)
end

--- Completes the end of a text.
---@param text string        the line up to the cursor
---@param commands string[]  names that complete at the beginning of a line, such as ".help"
---@return string insertion      the text that all candidates have next
---@return string[] candidates   whole names, sorted
function completion.complete(text, commands)
  local list, prefix
  if text:find("^%.[%w_]*$") then
    list, prefix = complete_command(text, commands), text
  else
    local path, separator, name = split_path(text)
    if not path then return "", {} end
    list, prefix = candidates(path, separator, name), name
  end
  if not list[1] then return "", list end
  return common_start(list):sub(#prefix + 1), list
end

return completion
