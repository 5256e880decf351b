-- reel tasks: everything that was sent, what needs a person first.
local attempts = require "reel.show.attempts"
local columns = require "reel.show.columns"
local session = require "reel.session"

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

local NUMBER <const>, AGE <const>, CREDITS <const>, PROMPT <const> = 1, 3, 4, 6
local LEAST_PROMPT <const> = 16
local SHORT_ID <const> = 12

function tasks.describe(parser)
  return parser:flag("--open", "Only what needs a person.")
end

local function row(attempt, room)
  local id = attempt.task_id or ""
  return {
    tostring(attempt.attempt_id), attempt.state, attempts.age(attempt.latched_ms),
    attempts.credits(attempt), attempts.model(attempt), attempts.about(attempt),
    room and id:sub(1, SHORT_ID) or id,
  }
end

local function print_table(list)
  local rows, room = {}, columns.room()
  for i, attempt in ipairs(list) do rows[i] = row(attempt, room) end
  local formatted = columns.format(rows, {
    right = { [NUMBER] = true, [AGE] = true, [CREDITS] = true }, cut = PROMPT, room = room,
    least = LEAST_PROMPT,
  })
  for i, attempt in ipairs(list) do
    print(formatted[i])
    local note = attempts.note(attempt)
    if note then print("   > " .. note) end
  end
end

local function needs_a_person(attempt)
  return attempt.state == "ambiguous" or attempt.state == "missing"
end

local function read(args)
  local journal, list = session.known_journal(), {}
  for _, attempt in ipairs(journal and journal:list() or {}) do
    if not args.open or needs_a_person(attempt) then list[#list + 1] = attempt end
  end
  return list
end

function tasks.run(args)
  local list = read(args)
  if args.json then
    for _, attempt in ipairs(list) do attempts.print_json(attempts.data(attempt)) end
  elseif list[1] then
    print_table(list)
  else
    print(args.open and "Nothing needs you." or "Nothing was made in this folder yet.")
  end
  return 0
end

return tasks
