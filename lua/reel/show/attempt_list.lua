-- The attempts of a project, as a table for people or as lines of JSON.
local attempts = require "reel.show.attempts"
local columns = require "reel.show.columns"
local output = require "reel.base.output"
local session = require "reel.session"
local states = require "reel.journal.states"
local task_ids = require "reel.vendor.task_ids"

local attempt_list = {}

local NUMBER <const>, AGE <const>, CREDITS <const>, PROMPT <const> = 1, 3, 4, 6
local LEAST_PROMPT <const> = 16 -- columns

local function row(attempt, is_terminal)
  local id = attempt.task_id
  return {
    tostring(attempt.attempt_id), attempt.state, attempts.age(attempt.latched_ms),
    attempts.credits(attempt), attempts.model(attempt), attempts.about(attempt),
    id and (is_terminal and task_ids.short or task_ids.shown)(id) or "",
  }
end

local function print_table(list)
  local rows, width = {}, columns.stdout_width()
  for i, attempt in ipairs(list) do rows[i] = row(attempt, width ~= nil) end
  local formatted = columns.format(rows, {
    right = { [NUMBER] = true, [AGE] = true, [CREDITS] = true }, cut = PROMPT, width = width,
    least = LEAST_PROMPT,
  })
  for i, attempt in ipairs(list) do
    output.print(formatted[i])
    local note = attempts.note(attempt)
    if note then output.print("   > " .. note) end
  end
end

local function read_attempts(options)
  local journal, list = session.known_journal(), {}
  for _, attempt in ipairs(journal and journal:list() or {}) do
    if not options.open or states[attempt.state].resolve_as then list[#list + 1] = attempt end
  end
  return list
end

--- Prints the attempts that were sent; those that need a person come first.
---@async
---@param options { open: boolean?, json: boolean? }   `open`: only those that need a person;
---  `json`: one JSON object on each line
function attempt_list.print(options)
  local list = read_attempts(options)
  if options.json then
    for _, attempt in ipairs(list) do output.print_json(attempts.data(attempt)) end
  elseif list[1] then
    print_table(list)
  else
    output.print(options.open and "Nothing needs you." or "Nothing was made in this folder yet.")
  end
end

return attempt_list
