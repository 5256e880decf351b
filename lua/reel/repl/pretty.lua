-- Formats values for people: on one line if they fit, else indented. The __tostring of a value is
-- used; no other metamethod is run.
local Error = require "reel.base.error"
local Task = require "reel.tasks.task"
local json = require "reel.base.json"
local terminal = require "reel.core.terminal"
local text = require "reel.base.text"

local pretty = {}

local MAX_DEPTH <const> = 5      -- of tables in tables
local MAX_ITEMS <const> = 100    -- of one table
local MAX_STRING <const> = 2000  -- bytes of a string in a table
local FALLBACK_COLUMNS <const> = 80
local LARGEST_EXACT <const> = 2 ^ 53

local array_mt = getmetatable(json.array {}) -- arrays are shown like any other list

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do keywords[word] = true end

local short_escapes = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ['"'] = '\\"',
  ["\\"] = "\\\\" }

local function escape(bytes)
  return short_escapes[bytes] or bytes:gsub(".", function(byte)
    return ("\\x%02X"):format(byte:byte())
  end)
end

-- Escapes what a terminal would obey, so that it can be read.
local function quote(value, longest)
  local cut = #value > longest and value:sub(1, longest) or value
  local escaped = text.replace_controls(cut:gsub('["\\]', escape), escape)
  if not utf8.len(escaped) then escaped = escaped:gsub("[\x80-\xFF]", escape) end
  local rest = #value - #cut
  return '"' .. escaped .. '"' .. (rest > 0 and (" … %d bytes more"):format(rest) or "")
end

local function number(value)
  if math.type(value) == "integer" then return tostring(value) end
  if value ~= value then return "nan" end
  if value == math.floor(value) and math.abs(value) < LARGEST_EXACT then
    return ("%d"):format(value)
  end
  local digits = ("%.14g"):format(value)
  return tonumber(digits) == value and digits or ("%.17g"):format(value)
end

local function name_function(value)
  local info = debug.getinfo(value, "S")
  if info.what == "C" then return "function (C)" end
  return ("function (%s:%d)"):format(info.short_src, info.linedefined)
end

local function safe_tostring(value)
  local ok, words = pcall(tostring, value)
  if not ok then return ("%s (its __tostring failed)"):format(type(value)) end
  return text.replace_controls(words, escape)
end

local plain = { number = number, ["function"] = name_function }

local function format_plain(value, longest)
  if type(value) == "string" then return quote(value, longest) end
  if value == json.null then return "json.null" end
  if Error.is(value) then return "reel.Error " .. safe_tostring(value) end
  local format = plain[type(value)] or safe_tostring
  return format(value)
end

local function has_tostring(value)
  local mt = debug.getmetatable(value)
  return type(mt) == "table" and rawget(mt, "__tostring") ~= nil
end

-- Tables ------------------------------------------------------------------------------------

local ranks = { number = 1, string = 2, boolean = 3 }

local function is_before(a, b)
  local kind, other = type(a), type(b)
  if kind ~= other then
    local rank, other_rank = ranks[kind] or 4, ranks[other] or 4
    if rank ~= other_rank then return rank < other_rank end
    return kind < other
  end
  if kind == "number" or kind == "string" then return a < b end
  return safe_tostring(a) < safe_tostring(b)
end

-- The sorted keys outside the sequence 1..n, and n.
local function keys_of(value)
  local length, keys = 0, {}
  while rawget(value, length + 1) ~= nil do length = length + 1 end
  for key in next, value do
    local is_place = math.type(key) == "integer" and key >= 1 and key <= length
    if not is_place then keys[#keys + 1] = key end
  end
  table.sort(keys, is_before)
  return keys, length
end

local function label(key)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") and not keywords[key] then
    return key .. " = "
  end
  return "[" .. format_plain(key, MAX_STRING) .. "] = "
end

local format

local function items_of(state, value, indent)
  local items, keys, length = {}, keys_of(value)
  for i = 1, math.min(length, MAX_ITEMS) do
    items[i] = format(state, rawget(value, i), indent, "")
  end
  for i = 1, math.min(#keys, MAX_ITEMS - #items) do
    local name = label(keys[i])
    items[#items + 1] = name .. format(state, rawget(value, keys[i]), indent, name)
  end
  local rest = length + #keys - #items
  if rest > 0 then items[#items + 1] = ("… %d more"):format(rest) end
  return items
end

local function width_of(line)
  return line:find("[\x80-\xFF]") and terminal.width(line) or #line
end

local function lay_out(items, title, indent, columns, before)
  local line = title .. "{ " .. table.concat(items, ", ") .. " }"
  local fits = #indent + #before + width_of(line) + 1 <= columns
  if fits and not line:find("\n", 1, true) then return line end
  local inner = "\n" .. indent .. "  "
  return title .. "{" .. inner .. table.concat(items, "," .. inner) .. "\n" .. indent .. "}"
end

local function title_of(value)
  local mt = debug.getmetatable(value)
  local name = type(mt) == "table" and mt ~= array_mt and rawget(mt, "__name")
  return type(name) == "string" and text.line(name) .. " " or ""
end

local function format_table(state, value, indent, before)
  if state.open[value] then return "<cycle>" end
  if state.depth == MAX_DEPTH then return title_of(value) .. "{…}" end
  if next(value) == nil then return title_of(value) .. "{}" end
  state.open[value], state.depth = true, state.depth + 1
  local items = items_of(state, value, indent .. "  ")
  state.open[value], state.depth = nil, state.depth - 1
  return lay_out(items, title_of(value), indent, state.columns, before)
end

function format(state, value, indent, before)
  if type(value) ~= "table" or has_tostring(value) then return format_plain(value, MAX_STRING) end
  return format_table(state, value, indent, before)
end

-- Tasks -------------------------------------------------------------------------------------

local shown_fields = { "progress", "handle", "urls", "fail_code", "fail_msg", "credits", "input" }

local function format_task(state, task)
  local lines = { tostring(task) }
  for _, name in ipairs(shown_fields) do
    local value = task[name]
    local is_empty = value == nil or type(value) == "table" and next(value) == nil
    if not is_empty then
      local before = ("  %-9s "):format(name)
      lines[#lines + 1] = before .. format(state, value, "  ", before)
    end
  end
  return table.concat(lines, "\n")
end

--- Formats a value as text of one or more lines.
---@param value any
---@param columns? integer   how wide a line may be; default 80
---@return string
function pretty.format(value, columns)
  local state = { open = {}, depth = 0, columns = columns or FALLBACK_COLUMNS }
  if Task.is(value) then return format_task(state, value) end
  if type(value) == "string" then return quote(value, math.maxinteger) end
  return format(state, value, "", "")
end

return pretty
