-- reel repl: Lua line by line, with the library at hand.
local commands = require "reel.repl.commands"
local console = require "reel.repl.console"
local core = require "reel.core"
local defer = require "reel.base.defer"
local history = require "reel.repl.history"
local job = require "reel.core.job"
local modules = require "reel.repl.modules"
local output = require "reel.base.output"
local progress = require "reel.show.progress"
local reader = require "reel.repl.reader"
local screen = require "reel.repl.screen"
local config = require "reel.config"
local terminal = require "reel.core.terminal"

-- luacheck: globals os.exit
local repl = {
  name = "repl",
  summary = "Lua line by line. `reel` on a terminal is short for `reel repl`.",
  usage = "[options]",
  epilog = [[
On a terminal, .help lists the commands besides Lua. The prompt is on stderr, so that the output of
lines can be redirected. Lines are remembered in $XDG_STATE_HOME/reel/history (default
~/.local/state), except those that hold an API key; ~/.editrc can bind keys of the keyboard.
The current folder is not searched for modules until the line .here asks for it.

From a pipe, lines run as they come, without prompt or echo; at its end reel waits for background
jobs, and the exit code is 1 if any line or job has failed.]],
}

local BANNER <const> = "reel %s, %s; .help for help, Ctrl-D to leave"
local STDIN <const>, STDOUT <const>, STDERR <const> = 0, 1, 2

function repl.describe() end

local function is_edited()
  return terminal.is_terminal(STDIN) and terminal.is_terminal(STDERR)
    and os.getenv("TERM") ~= "dumb"
end

-- The keys that the history must not hold. The environment's count too when other settings are in
-- force, as with --local.
local function secrets()
  local ok, settings = pcall(config.settings)
  local found = ok and { table.unpack(settings.secrets) } or {}
  found[#found + 1] = os.getenv("KIE_API_KEY")
  found[#found + 1] = os.getenv("KIE_WEBHOOK_KEY")
  return found
end

-- A background job may call os.exit while a line is edited.
local function restore_terminal_at_exit(view, lines)
  local exit = os.exit
  os.exit = function(...)
    view:erase()
    lines:close()
    exit(...)
  end
end

-- The options of a console on a terminal, and the function that closes what they hold.
local function open_terminal(args)
  local view = screen.new(io.stderr, terminal.is_terminal(STDOUT) and io.stdout or nil)
  local lines = assert(reader.terminal(view, commands.names))
  restore_terminal_at_exit(view, lines)
  local display = progress.start { quiet = args.quiet, json = args.json, screen = view }
  local past, entries = history.open(history.path(os.getenv), secrets)
  for _, entry in ipairs(entries) do lines:remember(entry) end
  return { reader = lines, screen = view, history = past }, function()
    display:stop()
    lines:close()
    view:close()
  end
end

local function open_pipe(args)
  local display = progress.start { quiet = args.quiet, json = args.json }
  return { reader = reader.pipe(), history = history.open(nil, secrets) },
    function() display:stop() end
end

-- Ctrl-C cancels the job that runs Lua at that moment. If this is the loop, the loop starts again.
local function run_loop(session_console)
  repeat
    local loop = job.spawn(session_console.loop, session_console)
    loop:join()
    if loop.status == "failed" then loop:result() end
  until session_console.is_over
end

function repl.run(args)
  local options, close = (is_edited() and open_terminal or open_pipe)(args)
  options.reel, options.as_json = require "reel", args.json
  _G.reel = options.reel
  modules.add_hint()
  local current = console.new(options)
  local _ <close> = defer(function()
    repl.interrupt = nil
    current.jobs:cancel()
    close()
  end)
  function repl.interrupt() return current:interrupt() end
  if not options.screen then
    run_loop(current)
    current.jobs:wait()
    return current.has_failed and 1 or 0
  end
  output.tell(BANNER:format(core.version, _VERSION))
  run_loop(current)
  return 0
end

return repl
