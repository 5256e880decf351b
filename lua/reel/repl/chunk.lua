-- Compiles what a person types as Lua: an expression, a statement, or the beginning of one.
local chunk = {}

local NAME <const> = "=repl" -- what positions in errors begin with

-- Lua's message ends with <eof> if the text ended before the chunk was complete.
local function ends_early(message)
  return message:find("<eof>", -5, true) ~= nil
end

--- Compiles a text. An expression returns its values; so does one after "=", as in older Luas.
---@param source string
---@return function? fn            nil: the text is wrong or incomplete
---@return string? message         why
---@return boolean? is_incomplete  whether more lines may complete the text
function chunk.load(source)
  -- The newline ends a string that is still open, which is then a mistake rather than incomplete.
  source = source:gsub("^%s*=", "", 1) .. "\n"
  local fn, as_expression = load("return " .. source, NAME, "t")
  if fn then return fn end
  local statement, message = load(source, NAME, "t")
  if statement then return statement end
  return nil, message, ends_early(message) or ends_early(as_expression)
end

return chunk
