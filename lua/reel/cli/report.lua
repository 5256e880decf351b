-- What people read when something went wrong: one message and what to do for a failure that can be
-- expected; the error and the script's own lines of the traceback for a mistake in a script.
local Error = require "reel.error"

local report = {}

local MADE_AT <const> = "keys are made at https://kie.ai/api-key"

-- What helps, by the kind of the error.
local hints = {
  auth = MADE_AT .. "; --local works without one",
  credits = "credits are bought at https://kie.ai/pricing; --local makes free previews",
  paused = "the vendor switched it off for now; --local makes previews meanwhile",
}

local EXIT_FAILED <const>, EXIT_USAGE <const>, EXIT_INTERRUPTED <const> = 1, 2, 130

-- Where the library itself comes from: embedded, chunks are called after their module.
local own_folder = debug.getinfo(1, "S").source:match("^@(.*/)cli/report%.lua$")

local function is_foreign(entry)
  local place = entry:match("^%s+(.*)$") or entry
  if place:find("^%[C%]") or place:find("^reel[%w_.]*:") then return false end
  return not (own_folder and place:sub(1, #own_folder) == own_folder)
end

--- The lines of a traceback that stand in scripts.
---@param traceback string
---@return string[]
function report.script_lines(traceback)
  local lines = {}
  for entry in traceback:gmatch("[^\n]+") do
    if entry:find("^%s+.*:%d+:") and is_foreign(entry) then
      lines[#lines + 1] = "  " .. entry:match("^%s*(.*)$")
    end
  end
  return lines
end

local function add(lines, text, known)
  if text and not known:find(text, 1, true) then lines[#lines + 1] = "  " .. text end
end

local function failure_lines(err)
  local text = err.kind == "config" and err.message or tostring(err)
  local lines = { "reel: " .. text }
  add(lines, err.task_id and "task " .. err.task_id, text)
  local hint = err.hint or hints[err.kind]
  if not (hint and text:find(MADE_AT, 1, true)) then add(lines, hint, text) end
  return lines
end

local function mistake_lines(err, traceback)
  local lines = { "reel: " .. tostring(err) }
  local places = report.script_lines(traceback or "")
  table.move(places, 1, #places, #lines + 1, lines)
  return lines
end

--- What to print for an error.
---@param err any
---@param traceback? string
---@return string[]
function report.lines(err, traceback)
  if Error.is(err) then return failure_lines(err) end
  return mistake_lines(err, traceback)
end

--- The exit code that an error stands for.
---@param err any
---@return integer
function report.exit_code(err)
  if not Error.is(err) then return EXIT_FAILED end
  if err.kind == "cancelled" then return EXIT_INTERRUPTED end
  return err.kind == "config" and EXIT_USAGE or EXIT_FAILED
end

--- Prints an error on stderr.
---@param err any
---@param traceback? string
function report.print(err, traceback)
  io.stderr:write(table.concat(report.lines(err, traceback), "\n"), "\n")
end

return report
