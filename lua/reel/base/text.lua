-- Makes text from outside fit for a terminal, a log or an error message: printable text of valid
-- UTF-8 and of bounded length. base/output.lua sends everything through this module.
local text = {}

local BYTES_PER_CHARACTER <const> = 16 -- with the white space around it, which may be left out
local MAX_LINES <const> = 10000

-- C0 controls and DEL; C1 controls (U+0080 to U+009F), which terminals obey as they obey escape
-- sequences; embeddings, overrides and isolates of direction (U+202A to U+202E, U+2066 to U+2069),
-- which change the order in which a line is shown.
local unwanted <const> = {
  "[\0-\31\127]", "\xC2[\x80-\x9F]", "\xE2\x80[\xAA-\xAE]", "\xE2\x81[\xA6-\xA9]",
}

--- Replaces every byte that is no part of valid UTF-8.
---@param bytes string
---@param replacement string
---@return string
function text.utf8(bytes, replacement)
  if utf8.len(bytes) then return bytes end
  local parts, place = {}, 1
  while place <= #bytes do
    local _, bad = utf8.len(bytes, place)
    parts[#parts + 1] = bytes:sub(place, bad and bad - 1)
    parts[#parts + 1] = bad and replacement
    place = (bad or #bytes) + 1
  end
  return table.concat(parts)
end

--- Replaces every control character and every mark that changes the direction of text.
---@param value string   of valid UTF-8
---@param replacement string|fun(character: string): string?   nil keeps the character
---@return string
function text.replace_controls(value, replacement)
  for _, pattern in ipairs(unwanted) do value = value:gsub(pattern, replacement) end
  return value
end

-- Cleaning copies a text several times, so only that part of a huge one is cleaned which can be
-- shown. A character that this cuts in two is left out.
local function beginning(value, max_characters)
  local most = max_characters * BYTES_PER_CHARACTER
  if #value <= most then return value, false end
  return value:sub(1, most):gsub("[\xC0-\xFF][\x80-\xBF]*$", ""), true
end

local function cut(line, max_characters, was_cut)
  local place = #line > max_characters and utf8.offset(line, max_characters + 1)
  if place and place <= #line then return line:sub(1, place - 1) .. "…" end
  return was_cut and line .. "…" or line
end

--- Returns a text as one printable line. Spaces stay as they are, other white space becomes spaces.
---@param value string
---@return string
function text.printable(value)
  if not value:find("[^ -~]") then return value end
  return text.replace_controls(text.utf8(value:gsub("[\t\n\r]+", " "), "?"), "?")
end

-- A quick test for the usual text, which is short printable ASCII and can be returned as it is.
local function is_plain_line(value, max_characters)
  return #value <= max_characters and not value:find("[^ -~]") and not value:find("  ", 1, true)
end

--- Returns a text as one printable line of bounded length. Each run of white space becomes one
--- space.
---@param value string
---@param max_characters? integer   A longer line is cut and ends in "…"; default 300.
---@return string
function text.line(value, max_characters)
  max_characters = max_characters or 300
  if is_plain_line(value, max_characters) then return value end
  local kept, was_cut = beginning(value, max_characters)
  return cut(text.printable((kept:gsub("[\t\n\r ]+", " "))), max_characters, was_cut)
end

--- Returns a text as printable lines: its line ends and spaces stay.
---@param value string
---@param max_characters integer   A longer line is cut and ends in "…".
---@return string
function text.lines(value, max_characters)
  if #value <= max_characters and not value:find("[^\n -~]") then return value end
  local lines = {}
  for line in (value .. "\n"):gmatch("([^\n]*)\n") do
    if #lines == MAX_LINES then
      lines[#lines + 1] = "…"
      break
    end
    local kept, was_cut = beginning(line, max_characters)
    lines[#lines + 1] = cut(text.printable(kept), max_characters, was_cut)
  end
  return table.concat(lines, "\n")
end

--- Returns a message as printable lines. Those after the first are indented, so that a line end in
--- a quoted value cannot make a line that looks like a message of its own. The lines of a traceback
--- begin with a tab, which becomes four spaces.
---@param value string
---@param max_characters integer   A longer line is cut and ends in "…".
---@return string
function text.message(value, max_characters)
  local lines = text.lines(value:gsub("\n\t", "\n    "), max_characters)
  return (lines:gsub("\n([^ \n])", "\n  %1"))
end

return text
