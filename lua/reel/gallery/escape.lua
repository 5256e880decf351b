-- Escapes text from outside for the page, so that it stays text whatever it holds.
local clean = require "reel.base.text"

local escape = {}

local REPLACEMENT <const> = "\u{FFFD}"

local entities = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;",
  ["\n"] = "&#10;", -- the same line end for a browser, and no new line for who prints the file
}

-- Keeps the two controls that stand for white space on a page.
local function replace(character)
  return character ~= "\n" and character ~= "\t" and REPLACEMENT or nil
end

--- Makes text for an element or a quoted attribute, as valid UTF-8. Controls, and marks that change
--- the direction of what follows, could make the page show other words than it holds; each of them
--- becomes a visible U+FFFD.
---@param bytes string
---@return string
function escape.text(bytes)
  local text = clean.utf8(bytes:gsub("\r\n?", "\n"), REPLACEMENT)
  return (clean.replace_controls(text, replace):gsub("[&<>\"'\n]", entities))
end

--- Makes a URL of a relative path. No segment can be read as a scheme, a query or a fragment.
---@param path string
---@return string
function escape.path(path)
  return (path:gsub("[^%w%-._~/]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

return escape
