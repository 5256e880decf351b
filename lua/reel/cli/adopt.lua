-- reel adopt ATTEMPT TASK_ID: gives an ambiguous attempt the task that a person has found for it.
local attempts = require "reel.show.attempts"
local decide = require "reel.pay.decide"
local output = require "reel.base.output"
local task_ids = require "reel.vendor.task_ids"

local adopt = {
  name = "adopt",
  summary = "Tell which task an ambiguous attempt made, so that it is not paid for twice.",
  usage = "[options] ATTEMPT TASK_ID",
  epilog = [[
For an attempt whose answer was lost: find the task in the vendor's log and give its id.
reel asks for the task's record and adopts the task only if model and input are those of
the attempt and no other attempt has it. The next run waits for the task and pays nothing.
An attempt that was given up can still get its task; if its call was paid for again
meanwhile, the task is kept as surplus.]],
}

function adopt.describe(parser)
  parser:argument("ATTEMPT", "Number of the attempt; reel tasks lists them."):target("attempt")
    :convert(attempts.number)
  parser:argument("TASK_ID", "The whole id of the task."):target("task_id")
end

local texts = {
  created = "attempt %d has task %s now: the next run waits for it and pays nothing",
  surplus = "attempt %d: task %s is kept as surplus. The task is paid for, but its call has "
    .. "another one. The next equal call that would pay (take = 2, or a failed call that is made "
    .. "again) gets the task",
}

function adopt.run(args)
  attempts.journal()
  local state = decide.adopt(args.attempt, args.task_id)
  if args.json then
    output.print_json({ attempt = args.attempt, state = state, task_id = args.task_id })
  else
    output.print(texts[state]:format(args.attempt, task_ids.shown(args.task_id)))
  end
  return 0
end

return adopt
