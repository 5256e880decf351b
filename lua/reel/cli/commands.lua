-- The commands of the program: their names, and where they are. A command is a module that returns
-- a reel.cli.Command; to add one, add its file and its name here.
local commands = {}

---@class reel.cli.Command
---@field name string
---@field summary string     One line for the overview.
---@field usage? string      What follows the name; default "[options]".
---@field epilog? string     The end of the help.
---@field describe fun(parser: table): table, ...   Adds arguments and options to an argparse parser
---  and returns the options.
---@field prepare? fun(args: table): string   The folder where the search for settings begins;
---  default ".".
---@field run fun(args: table): integer?      Does the work; returns the exit code.
---@field interrupt? fun(): boolean    Called on Ctrl-C; true: the command has handled it.
---@field is_offline? boolean          Uses no API, so the help hides the options about the API.
---@field sends_nothing? boolean       Sends no request to the API, so --local starts no service.
---@field shows_progress? boolean
---@field ignores_project? boolean     Does not read reel.conf.lua, or not as settings.
---@field ends_by_interrupt? boolean   An interrupt is its usual end: exit code 0.

--- The names of all commands, in the order of the help.
---@type string[]
commands.names = {
  "run", "plan", "make", "tasks", "show", "wait", "save", "gallery", "adopt", "resolve", "credits",
  "models", "doctor", "trust", "repl", "serve", "receive",
}

-- The modules of commands that are not in this folder.
local other_folders = { repl = "reel.repl.command", gallery = "reel.gallery.command" }

--- The command with a name.
---@param name string   one of commands.names
---@return reel.cli.Command
function commands.load(name)
  return require(other_folders[name] or "reel.cli." .. name)
end

return commands
