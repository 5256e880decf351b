-- reel wait ID: waits for one task, which need not be in the journal.
local attempts = require "reel.show.attempts"
local result = require "reel.show.result"

local wait = {
  name = "wait",
  summary = "Wait for a task and print its result.",
  usage = "[options] ID",
  epilog = "The task goes on at the vendor even if nobody waits for it.",
  shows_progress = true,
}

local function seconds(word)
  local number = tonumber(word)
  if number and number > 0 and number <= 31536000 then return number end
  return nil, ("'%s' is not a number of seconds above 0 and up to 31536000 (a year)"):format(word)
end

function wait.describe(parser)
  parser:argument("ID", "Number of the attempt, task id, or the beginning of a task id.")
    :target("id")
  return parser:option("--timeout",
    "Give up after this time; default: the setting wait_timeout (1800).")
    :argname("SECONDS"):convert(seconds)
end

function wait.run(args)
  local task = attempts.task(args.id):wait({ timeout = args.timeout })
  result.print(task, nil, args.json)
  return 0
end

return wait
