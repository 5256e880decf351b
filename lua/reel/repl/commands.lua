-- The commands of the REPL: lines that begin with a point and are not Lua.
local attempt_list = require "reel.show.attempt_list"
local columns = require "reel.show.columns"
local job = require "reel.core.job"
local ledger = require "reel.show.ledger"
local lines = require "reel.show.lines"
local modules = require "reel.repl.modules"
local output = require "reel.base.output"
local text = require "reel.base.text"

local commands = {}

local MAX_SOURCE <const> = 60 -- characters

local HELP <const> = [[
A line is Lua; the value of an expression is shown, and is _ in the next line. A statement may
take several lines. Globals stay, locals end with their line. The library is there as reel:

   clip = reel.text_to_video { prompt = "A lighthouse in a storm" }
   clip:wait():save("storm")

   .tasks      lists what was made in this folder, and what needs you
   .cost       lists what was spent here
   .jobs       lists what goes on in the background
   .cancel N   ends the background job N; its tasks go on at the vendor
   .here       lets require find the Lua modules of this folder
   .help       shows this text

Tab completes names. Ctrl-C clears the line, interrupts Lua, or leaves a wait, which goes on in
the background. Ctrl-D leaves.]]

local handlers = {}

function handlers.help()
  output.print_lines(HELP)
end

function handlers.tasks()
  attempt_list.print {}
end

function handlers.cost()
  ledger.print(ledger.read())
end

function handlers.jobs(console)
  local rows = {}
  for i, entry in ipairs(console.jobs:list()) do
    rows[i] = {
      tostring(entry.number), entry.job.status, lines.duration(job.now() - entry.began),
      text.line(entry.source, MAX_SOURCE),
    }
  end
  if not rows[1] then return output.print("Nothing goes on in the background.") end
  columns.print(rows, { right = { [1] = true, [3] = true } })
end

function handlers.cancel(console, argument)
  local entry = console.jobs:get(math.tointeger(tonumber(argument)))
  if not entry then return output.print(".cancel needs the number of a job; .jobs lists them") end
  entry.job:cancel()
end

function handlers.here()
  local folder = modules.add_here()
  if folder then output.print("require now finds the Lua modules of " .. folder) end
end

commands.names = { ".cancel", ".cost", ".help", ".here", ".jobs", ".tasks" }

--- The function that runs a command line; nil when the line is not a command.
---@param line string
---@param console table
---@return fun()?
function commands.parse(line, console)
  local name, argument = line:match("^%s*%.([%a_]%w*)%s*(.-)%s*$")
  if not name then return nil end
  local handler = handlers[name]
  if handler then return function() handler(console, argument) end end
  return function()
    output.print(("there is no command .%s; .help lists the commands"):format(name))
  end
end

return commands
