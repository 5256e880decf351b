-- reel plan FILE: runs a script without network and shows what a run would attach to and pay for.
-- luacheck: globals os.exit
local attempts = require "reel.show.attempts"
local columns = require "reel.show.columns"
local job = require "reel.core.job"
local output = require "reel.base.output"
local planning = require "reel.pay.plan"
local run = require "reel.cli.run"
local config = require "reel.config"
local session = require "reel.session"
local text = require "reel.base.text"

local plan = {
  name = "plan",
  summary = "Show what a script would pay for. Sends nothing and needs no key.",
  usage = "[options] FILE [arguments of the script]",
  epilog = [[
The script runs with the tasks that the journal knows. Other calls get placeholders,
which are done at once and save nothing; a call whose input has a placeholder counts as a
call to pay. What the script prints goes to stderr; files that it writes without reel are
written.
   pay              would be sent and paid
   done, running    paid before; a run attaches
   failed           a run raises the failure again; with --retry-failed it sends the call
   ambiguous        a run stops there until you settle the attempt: reel tasks]],
  sends_nothing = true,
}

local NUMBER <const>, CREDITS <const>, PROMPT <const> = 1, 3, 5
local LEAST_PROMPT <const> = 16  -- columns
local LONGEST_LINE <const> = 100 -- columns, when stdout is not a terminal
local ended = {}                 -- raised in place of os.exit

function plan.describe(parser)
  parser:argument("FILE", "The Lua script."):target("file")
end

function plan.prepare(args)
  local folder = run.prepare(args)
  planning.start()
  return folder
end

-- The script ---------------------------------------------------------------------------------

local function print_to_stderr(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  io.stderr:write(table.concat(parts, "\t"), "\n")
end

-- The report needs stdout for itself, and it is printed even if the script calls os.exit. Returns a
-- function that restores what this function replaces.
local function replace_print_and_exit()
  local saved = { print = print, exit = os.exit, output = io.output() }
  _G.print = print_to_stderr
  io.output(io.stderr)
  os.exit = function() error(ended, 0) end
  return function()
    _G.print, os.exit = saved.print, saved.exit
    io.output(saved.output)
  end
end

-- Runs the script and its jobs to the end. Returns nil, or a table with the error that ended them.
local function run_script(args)
  local restore = replace_print_and_exit()
  local work = job.spawn(run.run, args)
  work:join()
  local ok, err = pcall(work.result, work)
  restore()
  if not ok and not rawequal(err, ended) then return { err } end
end

-- The report ---------------------------------------------------------------------------------

-- A planned call in the form of an attempt of the journal, for the functions that describe
-- attempts.
local function as_attempt(planned)
  return {
    model = planned.model.name, estimate = planned.estimate, state = planned.fate,
    credits = planned.attempt and planned.attempt.credits,
  }
end

local function about(input)
  return text.line(tostring(input.prompt or input.character_prompt or input.video_url or ""), 100)
end

local function print_calls(made)
  local rows = {}
  for i, planned in ipairs(made.calls) do
    local attempt = as_attempt(planned)
    rows[i] = { tostring(i), planned.fate, attempts.credits(attempt), attempts.model(attempt),
      about(planned.input) }
  end
  columns.print(rows, { right = { [NUMBER] = true, [CREDITS] = true }, cut = PROMPT,
    width = columns.stdout_width() or LONGEST_LINE, least = LEAST_PROMPT })
end

local function counted(number, what)
  return ("%d %s%s"):format(number, what, number == 1 and "" or "s")
end

local function price(credits, unpriced)
  local words = ("about %g credits"):format(credits)
  return unpriced > 0 and words .. (" and %d of unknown price"):format(unpriced) or words
end

local function print_to_pay(made)
  local calls, credits, unpriced = made:of_fate("pay")
  if #calls == 0 then return output.print("To pay: nothing.") end
  output.print(("To pay: %s, %s."):format(counted(#calls, "call"), price(credits, unpriced)))
  local settings = config.settings()
  if settings.max_new and #calls > settings.max_new then
    output.print(("   --max-new %d would stop the run before its end."):format(settings.max_new))
  end
  if settings.max_credits and credits > settings.max_credits then
    output.print(("   --max-credits %g would stop the run before its end."):format(
      settings.max_credits))
  end
end

-- Each fate, and what it means for a run.
local remarks = {
  { "done", "Done already, paid before: %s." },
  { "running", "Running already, paid before: %s." },
  { "failed", "Failed before: %s; a run fails there, unless it has --retry-failed." },
  { "ambiguous", "With an unknown outcome: %s; a run stops there. reel tasks shows more." },
}

local function print_remarks(made)
  for _, remark in ipairs(remarks) do
    local calls = made:of_fate(remark[1])
    if #calls > 0 then output.print(remark[2]:format(counted(#calls, "call"))) end
  end
end

local function print_unused(unused)
  if #unused == 0 then return end
  output.print(("Paid, but not asked for by this script: %s."):format(counted(#unused, "clip")))
  local rows = {}
  for i, attempt in ipairs(unused) do
    rows[i] = { "   " .. attempt.attempt_id, attempt.state, attempts.credits(attempt),
      attempts.model(attempt), attempts.about(attempt) }
  end
  columns.print(rows, { right = { [CREDITS] = true }, cut = PROMPT,
    width = columns.stdout_width() or LONGEST_LINE, least = LEAST_PROMPT })
end

local function print_report(made)
  print_calls(made)
  if made.calls[1] then output.print() end
  print_to_pay(made)
  print_remarks(made)
  print_unused(made:unused())
end

local function print_json(made)
  for i, planned in ipairs(made.calls) do
    local attempt = planned.attempt or {}
    output.print_json({
      call = i, fate = planned.fate, model = planned.model.name, input = planned.input,
      estimate = planned.estimate, attempt = attempt.attempt_id, task_id = attempt.task_id,
    })
  end
  for _, attempt in ipairs(made:unused()) do
    local data = attempts.data(attempt)
    data.fate = "unused"
    output.print_json(data)
  end
  local calls, credits, unpriced = made:of_fate("pay")
  output.print_json({ fate = "total", pay = #calls, credits = credits, unpriced = unpriced })
end

function plan.run(args)
  session.journal() -- raises: a journal that cannot be read must not look like an empty one
  local failure = run_script(args)
  local report = args.json and print_json or print_report
  report(session.plan)
  if failure then error(failure[1], 0) end
  return 0
end

return plan
