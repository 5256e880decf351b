-- Splits the command line before argparse sees it: the words before the script are for reel, those
-- after it are for the script.
local lfs = require "lfs"
local did_you_mean = require "reel.base.did_you_mean"
local options = require "reel.cli.options"
local usage = require "reel.show.usage"

local line = {}

---@class reel.cli.Line
---@field command? string          nil: the line names neither a command nor a script.
---@field words string[]           For the command's parser.
---@field script_arguments string[]

local takes_script = { run = true, plan = true }

-- A word that is not a command is a script if it has a slash or a dot, or names a file.
local function looks_like_file(word)
  return word:find("[/.]") ~= nil or lfs.attributes(word, "mode") == "file"
end

local function raise_unknown(word, commands)
  usage.raise(('unknown command "%s"%s'):format(word, did_you_mean.hint(word, commands)),
    "reel --help lists the commands; a script is named by its path: reel FILE")
end

local function refuse_option_of_reel(word, file)
  local option = options.get(word)
  if not option then return end
  usage.raise(("%s stands after the script, so the script would get it"):format(word),
    ("for reel: reel %s %s; for the script: reel %s -- %s"):format(word, file, file, word))
end

-- The arguments of a script. Until the first "--", which is dropped, an option of reel is refused.
-- `is_free`: whether a "--" stands before the script.
local function script_arguments(words, first, file, is_free)
  local arguments = {}
  for i = first, #words do
    if words[i] == "--" and not is_free then
      is_free = true
    else
      if not is_free then refuse_option_of_reel(words[i], file) end
      arguments[#arguments + 1] = words[i]
    end
  end
  return arguments
end

-- Takes the options that begin at word `first`. Returns the place of the word after them, and
-- whether "--" ended them.
local function take_options(result, words, first)
  local place, ended = options.skip(words, first)
  table.move(words, first, place - (ended and 2 or 1), #result.words + 1, result.words)
  return place, ended
end

local function take_script(result, words, place, ended)
  local file = words[place]
  if not file then return end
  table.move({ "--", file }, 1, 2, #result.words + 1, result.words)
  result.script_arguments = script_arguments(words, place + 1, file, ended)
end

--- Splits the words of the line. Raises usage errors.
---@param words string[]
---@param commands string[]   names
---@return reel.cli.Line
function line.split(words, commands)
  local known = {}
  for _, name in ipairs(commands) do known[name] = true end
  local result = { words = {}, script_arguments = {} }
  local place, ended = take_options(result, words, 1)
  local word = words[place]
  if not word then return result end

  if ended or not known[word] then
    if not ended and not looks_like_file(word) then raise_unknown(word, commands) end
    result.command = "run"
    take_script(result, words, place, ended)
    return result
  end
  result.command = word
  if takes_script[word] then
    take_script(result, words, take_options(result, words, place + 1))
  else
    table.move(words, place + 1, #words, #result.words + 1, result.words)
  end
  return result
end

return line
