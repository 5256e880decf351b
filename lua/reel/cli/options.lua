-- The options that every command takes: a few that are listed here, and the settings that have a
-- flag. The parsers that argparse makes and line.lua both use options.list, since line.lua splits
-- the command line before argparse reads it.
local did_you_mean = require "reel.base.did_you_mean"
local settings = require "reel.config.settings"
local usage = require "reel.show.usage"

local options = {}

---@class reel.cli.Option
---@field name string
---@field short? string
---@field value? string      What the help calls the option's value; nil: the option takes none.
---@field is_online? boolean  Hidden in the help of commands that do not use the API.
---@field setting? string    The setting of reel.config that the option sets.
---@field doc string

-- The options that are not settings. In the help, the settings stand between these two lists.
local FIRST <const> = {
  { name = "--local", is_online = true,
    doc = "Use a local service in this process: previews, no key, no cost." },
}
local LAST <const> = {
  { name = "--help", short = "-h", doc = "Show this help." },
  { name = "--version", doc = "Show the version." },
}

local function option_of_setting(setting)
  local flag = setting.flag
  return {
    name = settings.flag_name(setting), short = flag.short, value = flag.value,
    is_online = flag.is_online, setting = setting.name, doc = settings.describe(setting),
  }
end

---@type reel.cli.Option[]
options.list = { table.unpack(FIRST) }
for _, setting in ipairs(settings.list) do
  if setting.flag then options.list[#options.list + 1] = option_of_setting(setting) end
end
table.move(LAST, 1, #LAST, #options.list + 1, options.list)

local by_name = {}
for _, option in ipairs(options.list) do
  by_name[option.name] = option
  if option.short then by_name[option.short] = option end
end

--- The option that a word of the command line names, with or without "=value".
---@param word string
---@return reel.cli.Option?
---@return string? value   what follows "="
function options.get(word)
  local name, value = word:match("^(%-%-[^=]+)=(.*)$")
  return by_name[name or word], value
end

--- The names of all options.
---@return string[]
function options.names()
  local names = {}
  for i, option in ipairs(options.list) do names[i] = option.name end
  return names
end

local function raise_unknown(word)
  local name = word:match("^[^=]+")
  usage.raise("unknown option " .. name .. did_you_mean.hint(name, options.names()),
    "reel --help lists the options of every command; a command's own options follow its name")
end

--- Skips the options from word `first` on. Raises a usage error for an unknown option.
---@param words string[]
---@param first integer
---@return integer place   of the first word that is not an option
---@return boolean ended   whether a "--" ended the options
function options.skip(words, first)
  local i = first
  while words[i] and words[i]:find("^%-.") do
    if words[i] == "--" then return i + 1, true end
    local option, value = options.get(words[i])
    if not option then raise_unknown(words[i]) end
    i = i + (option.value and not value and 2 or 1)
  end
  return i, false
end

local function field_name(option)
  return (option.name:gsub("^%-%-", ""):gsub("%-", "_"))
end

--- Adds the options to a parser, as a group of their own in its help.
---@param parser table          of argparse
---@param is_offline boolean?   The command uses no API; options about the API are hidden.
function options.describe(parser, is_offline)
  local group = {}
  for i, option in ipairs(options.list) do
    local names = option.short and option.short .. " " .. option.name or option.name
    local element = option.value and parser:option(names):argname(option.value)
      or parser:flag(names)
    element:description(option.doc):target(field_name(option)):overwrite(true)
    element:hidden(is_offline and option.is_online or false)
    group[i] = element
  end
  parser:group("Options of every command", table.unpack(group))
end

--- The settings that parsed options give.
---@param args table
---@return table
function options.settings(args)
  local given = {}
  for _, option in ipairs(options.list) do
    if option.setting then given[option.setting] = args[field_name(option)] end
  end
  return given
end

return options
