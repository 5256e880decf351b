-- What a person types as Lua: an expression, a statement, or the beginning of one.
local chunk = {}

local NAME <const> = "=repl" -- what positions in errors begin with

-- Lua names the end of the text where it stopped there and wanted more.
local function ends_early(message)
  return message:find("<eof>", -5, true) ~= nil
end

--- Compiles a text. An expression returns its values; so does one behind "=", as in older Luas.
---@param source string
---@return function? fn
---@return string? message      what is wrong
---@return boolean? is_incomplete  more lines may make it right
function chunk.load(source)
  source = source:gsub("^%s*=", "", 1) .. "\n" -- a string that is open there stays wrong
  local fn, as_expression = load("return " .. source, NAME, "t")
  if fn then return fn end
  local statement, message = load(source, NAME, "t")
  if statement then return statement end
  return nil, message, ends_early(message) or ends_early(as_expression)
end

return chunk
