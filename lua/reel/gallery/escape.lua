-- Escapes text from outside for the page, so that it stays text whatever it holds.
local escape = {}

local REPLACEMENT <const> = "\u{FFFD}"

local entities = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;",
}

local function as_utf8(bytes)
  local parts, place = {}, 1
  while place <= #bytes do
    local _, bad = utf8.len(bytes, place)
    parts[#parts + 1] = bytes:sub(place, bad and bad - 1)
    parts[#parts + 1] = bad and REPLACEMENT
    place = (bad or #bytes) + 1
  end
  return table.concat(parts)
end

-- C0 except tab and newline, DEL, C1, and the marks that change the direction of what follows. They
-- could make a page show other words than it holds. Each of them becomes a visible U+FFFD.
local unwanted = {
  "[\0-\8\11-\31\127]", "\xC2[\x80-\x9F]", "\xE2\x80[\xAA-\xAE]", "\xE2\x81[\xA6-\xA9]",
}

--- Makes text for an element or a quoted attribute, as valid UTF-8.
---@param bytes string
---@return string
function escape.text(bytes)
  local text = as_utf8(bytes):gsub("\r\n?", "\n")
  for _, pattern in ipairs(unwanted) do text = text:gsub(pattern, REPLACEMENT) end
  return (text:gsub("[&<>\"']", entities))
end

--- Makes a URL of a relative path. No segment can be read as a scheme, a query or a fragment.
---@param path string
---@return string
function escape.path(path)
  return (path:gsub("[^%w%-._~/]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

return escape
