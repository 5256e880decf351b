-- Breaks text into lines for a renderer that breaks at spaces only: here text is also broken after
-- hyphens, between wide characters, and anywhere in a word that is longer than the line.

local glyph = require "reel.render.glyph"

local wrap = {}

-- Columns by which closing punctuation may hang over the edge, so that no line begins with it.
local HANG = 2

local Breaker = {}
Breaker.__index = Breaker

local function new_breaker(columns)
  return setmetatable({ columns = columns, lines = {}, line = {}, width = 0 }, Breaker)
end

--- Ends the line after character `last`; what follows begins the next one.
function Breaker:finish(last)
  local line = table.concat(self.line, "", 1, last):match("^ *(.-) *$")
  if line ~= "" then self.lines[#self.lines + 1] = line end
  self.line = table.move(self.line, last + 1, #self.line, 1, {})
  self.width = glyph.columns(table.concat(self.line))
  self.opening = nil
end

function Breaker:is_full(character, columns)
  if columns == 0 then return false end
  local most = self.columns + (glyph.may_begin_line(character) and 0 or HANG)
  return #self.line > 0 and self.width + columns > most
end

function Breaker:add(code)
  local character, columns = utf8.char(code), glyph.columns_of(code)
  local breaks_here = code == 0x20 or glyph.is_wide(code)
  if self:is_full(character, columns) then
    self:finish(breaks_here and #self.line or self.opening or #self.line)
  end
  local stays = columns == 0 or not glyph.may_begin_line(character)
  local follows_opening = stays and self.opening == #self.line
  self.line[#self.line + 1] = character
  self.width = self.width + columns
  if breaks_here or follows_opening or code == 0x2d then self.opening = #self.line end
end

--- Breaks a line into lines of at most `columns`; closing punctuation may hang over by two.
---@param line string
---@param columns integer
---@return string[]
function wrap.lines(line, columns)
  local breaker = new_breaker(math.max(columns, 2))
  for _, code in utf8.codes(line) do breaker:add(code) end
  breaker:finish(#breaker.line)
  return breaker.lines
end

local function longest_word(line)
  local longest = 0
  for word in line:gmatch("%S+") do longest = math.max(longest, glyph.columns(word)) end
  return longest
end

--- Breaks a line into as few lines as `wrap.lines` does, but of about equal length. No word is
--- broken for that.
---@param line string
---@param columns integer
---@return string[]
function wrap.balanced(line, columns)
  local count = #wrap.lines(line, columns)
  local least = glyph.has_wide(line) and 0 or longest_word(line)
  for narrower = math.max(math.ceil(columns * 0.4), least), columns do
    local lines = wrap.lines(line, narrower)
    if #lines <= count then return lines end
  end
  return wrap.lines(line, columns)
end

--- True when breaking at spaces alone would not keep `line` within `columns`.
---@param line string
---@param columns integer
function wrap.is_needed(line, columns)
  if glyph.has_wide(line) then return true end
  for word in line:gmatch("%S+") do
    if glyph.columns(word) > columns then return true end
  end
  return false
end

return wrap
