-- Cleans and cuts text from a prompt before it is drawn. Lua patterns see bytes, so functions that
-- look at characters go through the code points.

local glyph = require "reel.render.glyph"

local text = {}

-- The most marks that a letter keeps: hundreds of them would cost seconds to draw.
local MAX_MARKS = 4

local SPACES = {
  [0x09] = true, [0x0a] = true, [0x0b] = true, [0x0c] = true, [0x0d] = true, [0x20] = true,
  [0x85] = true, [0xa0] = true, [0x2028] = true, [0x2029] = true, [0x3000] = true,
}

--- True for control characters and for the signs that override the direction of what follows them.
local function is_dropped(code)
  return code < 0x20
    or code >= 0x7f and code <= 0x9f
    or code >= 0x202a and code <= 0x202e
    or code >= 0x2066 and code <= 0x2069
    or code == 0xfeff
end

--- Replaces each broken sequence by one U+FFFD.
local function repair(bytes)
  local parts, from = {}, 1
  while true do
    local valid, bad = utf8.len(bytes, from)
    if valid then break end
    parts[#parts + 1] = bytes:sub(from, bad - 1) .. "\u{FFFD}"
    from = bytes:match("^[\x80-\xbf]*()", bad + 1)
  end
  return table.concat(parts) .. bytes:sub(from)
end

--- Valid UTF-8 on one line, without controls and with single spaces.
---@param bytes string   anything
---@return string
function text.clean(bytes)
  local kept, spaced, marks = {}, false, 0
  for _, code in utf8.codes(repair(bytes)) do
    marks = glyph.is_mark(code) and marks + 1 or 0
    if SPACES[code] then
      spaced = #kept > 0
    elseif not is_dropped(code) and marks <= MAX_MARKS then
      if spaced then kept[#kept + 1] = " " end
      kept[#kept + 1] = utf8.char(code)
      spaced = false
    end
  end
  return table.concat(kept)
end

---@param line string   valid UTF-8
---@return string[]
function text.characters(line)
  local list = {}
  for _, code in utf8.codes(line) do list[#list + 1] = utf8.char(code) end
  return list
end

--- Shortens a line to `count` characters, of which the last is an ellipsis if the line was longer.
---@param line string
---@param count integer
function text.shorten(line, count)
  if utf8.len(line) <= count then return line end
  return line:sub(1, utf8.offset(line, count) - 1) .. "…"
end

--- The byte at which `line` becomes wider than `columns`, and the last space before it.
local function find_edge(line, columns)
  local sum, space = 0, nil
  for position, code in utf8.codes(line) do
    sum = sum + glyph.columns_of(code)
    if sum > columns then return position, space end
    if code == 0x20 then space = position end
  end
  return #line + 1, nil
end

--- Cuts a line to `columns` and ends it with an ellipsis, at the end of a word if one is near.
---@param line string
---@param columns integer
---@return string cut
---@return boolean was_cut
function text.cut(line, columns)
  if glyph.columns(line) <= columns then return line, false end
  local edge, space = find_edge(line, columns - 1)
  if space and space > edge * 0.6 then edge = space end
  return (line:sub(1, edge - 1):gsub("[ ,;:%-]+$", "")) .. "…", true
end

return text
