-- reel tasks: lists the attempts that were sent; those that need a person come first.
local attempt_list = require "reel.show.attempt_list"
local states = require "reel.journal.states"

local function describe_states()
  local rows = {}
  for i, state in ipairs(states) do rows[i] = ("   %-12s%s"):format(state.name, state.meaning) end
  return table.concat(rows, "\n")
end

local tasks = {
  name = "tasks",
  summary = "List the attempts and what they cost; those that need you come first.",
  usage = "[options]",
  epilog = [[
Columns: number of the attempt, state, age, credits (~ is an estimate), model, prompt,
task id. A line that begins with > says what you can do about the row above it.
The states, of which intent and withdrawn are not listed, since nothing was sent:
]] .. describe_states(),
  sends_nothing = true,
}

function tasks.describe(parser)
  return parser:flag("--open", "List only the attempts that need you.")
end

function tasks.run(args)
  attempt_list.print(args)
  return 0
end

return tasks
