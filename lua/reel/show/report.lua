-- Reports errors to people: for an expected failure, one message and what to do; for a mistake in a
-- script, the error and the script's own lines of the traceback.
local Error = require "reel.base.error"
local endpoints = require "reel.vendor.endpoints"
local output = require "reel.base.output"
local task_ids = require "reel.vendor.task_ids"
local text = require "reel.base.text"

local report = {}

local MAX_MESSAGE <const> = 10000 -- characters, in JSON
local WHERE_KEYS_ARE_MADE <const> = "keys are made at " .. endpoints.KEY_PAGE

--- What a person can do, by the kind of the error.
---@type table<reel.ErrorKind, string>
report.hints = {
  auth = WHERE_KEYS_ARE_MADE .. "; --local works without one",
  credits = "credits are bought at " .. endpoints.PRICE_PAGE .. "; --local makes free previews",
  paused = "the vendor switched it off for now; --local makes previews meanwhile",
}

local EXIT_FAILED <const> = 1 -- where the kind of the error has no code of its own

-- The folder of the library; nil when it is embedded, since chunks then have their module's name.
local own_folder = debug.getinfo(1, "S").source:match("^@(.*/)show/report%.lua$")

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
      lines[#lines + 1] = entry:match("^%s*(.*)$")
    end
  end
  return lines
end

local function add_if_new(lines, more, known)
  if more and not known:find(more, 1, true) then lines[#lines + 1] = "  " .. more end
end

-- Positions inside the library are left out: they do not help people.
local function failure_text(err)
  local where = err.where and is_foreign(err.where) and err.where .. ": " or ""
  return where .. (err.kind == "config" and "" or err.kind .. ": ") .. err.message
end

local function failure_lines(err)
  local sentence = failure_text(err)
  local lines = { "reel: " .. sentence }
  add_if_new(lines, err.task_id and "task " .. task_ids.shown(err.task_id), sentence)
  local hint = err.hint or report.hints[err.kind]
  local has_hint = sentence:find(WHERE_KEYS_ARE_MADE, 1, true)
  if not has_hint then add_if_new(lines, hint, sentence) end
  return lines
end

local function mistake_lines(err, traceback)
  local lines = { "reel: " .. tostring(err) }
  for _, place in ipairs(report.script_lines(traceback or "")) do
    lines[#lines + 1] = "  " .. place
  end
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
  return Error.is(err) and Error.by_kind[err.kind].exit_code or EXIT_FAILED
end

-- The data of an error for JSON.
local function as_data(err, traceback)
  local is_failure = Error.is(err)
  local places = report.script_lines(not is_failure and traceback or "")
  return {
    event = "error", kind = is_failure and err.kind or "script",
    message = text.line(is_failure and err.message or tostring(err), MAX_MESSAGE),
    task_id = is_failure and err.task_id or nil, traceback = places[1] and places,
  }
end

--- Prints an error on stderr.
---@param err any
---@param traceback? string
---@param as_json? boolean   as an object in one line
function report.print(err, traceback, as_json)
  if as_json then return output.tell_json(as_data(err, traceback)) end
  output.tell(table.concat(report.lines(err, traceback), "\n"))
end

--- Prints what a person should know on stderr.
---@param message string
---@param as_json? boolean
function report.notice(message, as_json)
  if as_json then return output.tell_json({ event = "notice", message = message }) end
  output.tell("reel: " .. message)
end

--- Prints on stderr that stdout could not be written.
---@param reason string
---@param as_json? boolean
function report.lost_output(reason, as_json)
  local message = "cannot write the output: " .. reason
  if as_json then
    return output.tell_json({ event = "error", kind = "output", message = message })
  end
  output.tell("reel: " .. message)
end

--- Prints several notices.
---@param messages string[]
---@param as_json? boolean
function report.notices(messages, as_json)
  for _, message in ipairs(messages) do report.notice(message, as_json) end
end

return report
