-- What a code point needs on the screen: columns, direction, and whether it may begin a line. These
-- rough values decide where text is cut and broken before libass measures it exactly.

local glyph = {}

-- First and last code point of each range, sorted.
local WIDE = {
  { 0x1100, 0x115f }, { 0x2e80, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
  { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f3fa },
  { 0x1f400, 0x1faff }, { 0x20000, 0x3fffd },
}

local ZERO = {
  { 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05c7 }, { 0x0610, 0x061a },
  { 0x064b, 0x065f }, { 0x0900, 0x0902 }, { 0x093c, 0x093c }, { 0x0941, 0x0948 },
  { 0x094d, 0x094d }, { 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e },
  { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f }, { 0x2060, 0x2064 },
  { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0x1f3fb, 0x1f3ff },
  { 0xe0100, 0xe01ef },
}

local RIGHT_TO_LEFT = { { 0x0590, 0x08ff }, { 0xfb1d, 0xfdff }, { 0xfe70, 0xfefc } }
local LEFT_TO_RIGHT = { { 0x41, 0x5a }, { 0x61, 0x7a }, { 0xc0, 0x058f }, { 0x0900, 0x1fff } }

local function set_of(characters)
  local set = {}
  for _, code in utf8.codes(characters) do set[utf8.char(code)] = true end
  return set
end

-- Letters that are about as broad as two others in the fonts used.
local BROAD = set_of("mwMW@%")

-- No line begins with these: closing punctuation, the Japanese prolonged sound mark, and Thai signs
-- that follow a letter.
local NEVER_FIRST = set_of("、。，；：！？」』）】》〉・ー…,.!?;:)ำะาๆ")

local function within(ranges, code)
  for _, range in ipairs(ranges) do
    if code < range[1] then return false end
    if code <= range[2] then return true end
  end
  return false
end

---@param code integer
function glyph.is_wide(code)
  return code >= 0x1100 and within(WIDE, code)
end

--- True for marks that sit on the character before them.
---@param code integer
function glyph.is_mark(code)
  return code >= 0x0300 and within(ZERO, code)
end

--- How many columns a code point takes: 0, 1 or 2.
---@param code integer
---@return integer
function glyph.columns_of(code)
  if code < 0x80 then return BROAD[string.char(code)] and 2 or 1 end
  if glyph.is_mark(code) then return 0 end
  return glyph.is_wide(code) and 2 or 1
end

--- The columns of a text in valid UTF-8.
---@param text string
---@return integer
function glyph.columns(text)
  local sum = 0
  for _, code in utf8.codes(text) do sum = sum + glyph.columns_of(code) end
  return sum
end

---@param character string
function glyph.may_begin_line(character)
  return not NEVER_FIRST[character]
end

---@param text string
function glyph.has_wide(text)
  for _, code in utf8.codes(text) do
    if glyph.is_wide(code) then return true end
  end
  return false
end

--- Whether a text is written from the right. The first strong character decides, as in rule P2 of
--- the Unicode bidirectional algorithm.
---@param text string
function glyph.is_right_to_left(text)
  for _, code in utf8.codes(text) do
    if within(RIGHT_TO_LEFT, code) then return true end
    if within(LEFT_TO_RIGHT, code) or glyph.is_wide(code) then return false end
  end
  return false
end

--- True when every character is in the display font (Latin and common punctuation).
---@param text string
function glyph.is_latin(text)
  for _, code in utf8.codes(text) do
    if code > 0x24f and not (code >= 0x2010 and code <= 0x2026) then return false end
  end
  return true
end

return glyph
