-- What the help shows: the overview of all commands, and one parser for each command.
local argparse = require "argparse"
local commands = require "reel.cli.commands"
local endpoints = require "reel.vendor.endpoints"
local options = require "reel.cli.options"

local help = {}

local INTRO <const> = [[
Usage: reel [options] FILE [arguments of the script]
       reel [options] COMMAND ...
       reel [options]               a prompt, on a terminal

Runs Lua scripts that make video clips, and pays for every clip once.

Commands:]]

local OUTRO <const> = ([[

reel COMMAND --help tells more about a command.
Without a key: reel --local FILE. With one: KIE_API_KEY=... reel FILE (%s)]]):format(
  endpoints.KEY_PAGE)

local function option_label(option)
  local label = option.short and option.short .. ", " .. option.name or option.name
  return option.value and label .. " " .. option.value or label
end

--- The help of the program: its commands and options.
---@return string
function help.overview()
  local lines = { INTRO }
  for _, name in ipairs(commands.names) do
    lines[#lines + 1] = ("   %-9s %s"):format(name, commands.load(name).summary)
  end
  lines[#lines + 1] = "\nOptions:"
  for _, option in ipairs(options.list) do
    lines[#lines + 1] = ("   %-20s %s"):format(option_label(option), option.doc)
  end
  lines[#lines + 1] = OUTRO
  return table.concat(lines, "\n")
end

local function group_options(parser, ...)
  if ... then parser:group("Options", ...) end
end

--- The argparse parser of a command, which also has its help.
---@param command reel.cli.Command
function help.parser(command)
  local parser = argparse("reel " .. command.name, command.summary, command.epilog)
  parser:add_help(false):help_max_width(92):help_description_margin(24)
  parser:usage(("Usage: reel %s %s"):format(command.name, command.usage or "[options]"))
  group_options(parser, command.describe(parser))
  options.describe(parser, command.is_offline)
  return parser
end

return help
