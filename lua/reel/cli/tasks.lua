-- reel tasks: everything that was sent, what needs a person first.
local attempt_list = require "reel.show.attempt_list"

local tasks = {
  name = "tasks",
  summary = "List what was made and what it cost; what needs you comes first.",
  usage = "[options]",
  epilog = [[
Columns: number of the attempt, state, age, credits (~ is an estimate), model, prompt,
task id. Below a row, > tells what to do about it.
   ambiguous           sent, but no clear answer came back: perhaps billed; reel never
                       sends it again by itself
   missing             accepted, but the vendor has no record of it any more
   created             accepted, being made
   succeeded, failed   done
   refused             not accepted, not billed
   absent, abandoned   given up by your decision
   surplus             found later, when its call had another task already]],
  asks_nobody = true,
}

function tasks.describe(parser)
  return parser:flag("--open", "Only what needs a person.")
end

function tasks.run(args)
  attempt_list.print(args)
  return 0
end

return tasks
