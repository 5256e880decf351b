-- Where the program's own words leave: results on stdout, messages on stderr. They quote prompts,
-- answers of the vendor, file names and words of the command line, and a terminal would obey what
-- stands in these, so everything is cleaned here.
--
-- Two things leave another way. What a script prints is the script's own. Lines with colours, and
-- those that are drawn again, are written by show/screen.lua; show/lines.lua cleans their words.
local canonical_json = require "reel.base.canonical_json"
local terminal = require "reel.core.terminal"
local text = require "reel.base.text"

local output = {}

local STDOUT <const> = 1
local MAX_LINE <const> = 100000 -- characters; longer than any prompt, and no terminal is flooded

-- Scripts may assign other files to these fields of io.
local stdout, stderr = io.stdout, io.stderr

-- What stdout holds back is written first, so that the two keep their order in one file.
local function write_to_stderr(line)
  stdout:flush()
  stderr:write(line, "\n")
end

-- A copy of a value, in which every text is valid UTF-8.
local function with_utf8(value)
  if type(value) == "string" then return text.utf8(value, "\u{FFFD}") end
  if type(value) ~= "table" then return value end
  local copy = setmetatable({}, getmetatable(value)) -- by which arrays are known
  for key, item in next, value do copy[with_utf8(key)] = with_utf8(item) end
  return copy
end

local function escape(character)
  return ("\\u%04x"):format(utf8.codepoint(character))
end

local function encode(data)
  local ok, line = pcall(canonical_json.encode, data)
  if not ok then line = canonical_json.encode(with_utf8(data)) end
  return text.replace_controls(line, escape)
end

--- Prints a result on stdout as one line.
---@param line? string   default: an empty line
function output.print(line)
  stdout:write(text.printable(line or ""), "\n")
end

--- Prints a text of several lines on stdout, such as a help.
---@param words string
function output.print_lines(words)
  stdout:write(text.lines(words, MAX_LINE), "\n")
end

--- Prints the path of a file on stdout. Programs get its exact bytes, as from ls.
---@param path string
function output.print_path(path)
  stdout:write(terminal.is_terminal(STDOUT) and text.printable(path) or path, "\n")
end

--- Prints a result on stdout as one line of JSON. Characters that a terminal would obey are
--- escaped, so that programs read them as they are; bytes that are no UTF-8 become U+FFFD.
---@param data table
function output.print_json(data)
  stdout:write(encode(data), "\n")
end

--- Prints a message on stderr. Its lines after the first are indented.
---@param message? string   default: an empty line
function output.tell(message)
  write_to_stderr(text.message(message or "", MAX_LINE))
end

--- Prints a text of several lines on stderr, such as a help.
---@param words string
function output.tell_lines(words)
  write_to_stderr(text.lines(words, MAX_LINE))
end

--- Prints a message on stderr as one line of JSON, as print_json does.
---@param data table
function output.tell_json(data)
  write_to_stderr(encode(data))
end

--- Writes what stdout holds back.
---@return boolean ok   false when it could not be written; the program says so at its end
function output.flush()
  return stdout:flush() ~= nil
end

return output
