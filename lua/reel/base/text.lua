-- Makes text from outside fit for a terminal, a log or an error message: one printable line of
-- bounded length.
local text = {}

local function as_utf8(bytes)
  if utf8.len(bytes) then return bytes end
  return (bytes:gsub("[\128-\255]", "?"))
end

-- Terminals obey C1 controls (U+0080 to U+009F) as they obey escape sequences. Embeddings,
-- overrides and isolates of direction (U+202A to U+202E, U+2066 to U+2069) change the order in
-- which a line is shown.
local function without_controls(line)
  return (line:gsub("[\t\n\r ]+", " "):gsub("[\0-\31\127]", "?"):gsub("\xC2[\x80-\x9F]", "?")
    :gsub("\xE2\x80[\xAA-\xAE]", "?"):gsub("\xE2\x81[\xA6-\xA9]", "?"))
end

-- A quick test for the usual text, which is short printable ASCII and can be returned as it is.
local function is_plain_line(value, max_characters)
  return #value <= max_characters and not value:find("[^ -~]") and not value:find("  ", 1, true)
end

--- Returns a text as one printable line of valid UTF-8. Each run of white space becomes one space.
---@param value string
---@param max_characters? integer   A longer line is cut and ends in "…"; default 300.
---@return string
function text.line(value, max_characters)
  max_characters = max_characters or 300
  if is_plain_line(value, max_characters) then return value end
  local line = without_controls(as_utf8(value))
  local cut = utf8.offset(line, max_characters + 1)
  if cut and cut <= #line then return line:sub(1, cut - 1) .. "…" end
  return line
end

return text
