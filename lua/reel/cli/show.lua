-- reel show ID: shows everything that the journal knows about one attempt.
local attempts = require "reel.show.attempts"
local canonical_json = require "reel.base.canonical_json"
local columns = require "reel.show.columns"
local json = require "reel.base.json"
local output = require "reel.base.output"
local text = require "reel.base.text"

local show = {
  name = "show",
  summary = "Show all that is known about one attempt: request, result, files, decisions.",
  usage = "[options] ID",
  sends_nothing = true,
}

local MAX_VALUE <const> = 12000 -- characters, which is enough for the longest prompt

function show.describe(parser)
  parser:argument("ID", "Number of the attempt, task id, or the beginning of a task id.")
    :target("id")
end

local function local_time(ms)
  return ms and os.date("%Y-%m-%d %H:%M:%S", ms // 1000)
end

local function state_line(attempt)
  local reason = attempts.reason(attempt)
  return attempt.state .. (reason and ": " .. reason or "")
end

local function answer_line(attempt)
  if not attempt.curl_code then return nil end
  local status = attempt.http_status or 0
  local parts = { status == 0 and "none" or "HTTP " .. status }
  if attempt.curl_code ~= 0 then parts[2] = "curl error " .. attempt.curl_code end
  if attempt.answer and attempt.answer ~= "" then
    parts[#parts + 1] = text.line(attempt.answer, 500)
  end
  return table.concat(parts, ", ")
end

-- The last record of the task, as tasks/task.lua has written it.
local function result_of(attempt)
  return json.decode_object(attempt.result_json)
end

-- Pairs of a name and a value, in the order of the output. The caller leaves out pairs without a
-- value.
local function head(attempt)
  return {
    { "attempt", ("%d (number %d of its call)"):format(attempt.attempt_id, attempt.n) },
    { "state", state_line(attempt) }, { "to do", attempts.note(attempt) },
    { "task", attempts.task_id(attempt) }, { "model", attempt.model },
    { "credits", attempts.credits(attempt) }, { "sent", local_time(attempt.latched_ms) },
    { "script", attempt.script }, { "project", attempt.project ~= "" and attempt.project or nil },
    { "key", attempt.key_kind == "explicit" and attempt.key or nil },
    { "take", attempt.take > 1 and tostring(attempt.take) or nil }, { "to", attempt.origin },
    { "answer", answer_line(attempt) },
    { "handle", result_of(attempt).handle },
  }
end

local function sorted(input)
  local names = {}
  for name in pairs(input) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function as_text(value)
  return type(value) == "string" and value or canonical_json.encode(value)
end

local function add_section(rows, title, section)
  for i, line in ipairs(section) do rows[#rows + 1] = { i == 1 and title or "", line } end
end

local function input_lines(attempt)
  local input, section = attempts.input(attempt), {}
  for _, name in ipairs(sorted(input)) do
    section[#section + 1] = name .. " = " .. as_text(input[name])
  end
  return section
end

local function map(list, fn)
  local mapped = {}
  for i, item in ipairs(list) do mapped[i] = fn(item) end
  return mapped
end

local function rows_of(attempt, files, decisions, saved)
  local rows = {}
  for _, pair in ipairs(head(attempt)) do
    if pair[2] then rows[#rows + 1] = pair end
  end
  add_section(rows, "input", input_lines(attempt))
  add_section(rows, "urls", result_of(attempt).urls or {})
  add_section(rows, "files", map(files, function(file)
    return ("%s, %d bytes, sha256 %s"):format(file.file, file.bytes, file.sha256)
  end))
  add_section(rows, "saved", map(saved, function(file) return file.path end))
  add_section(rows, "decisions", map(decisions, function(decision)
    return ("%s %s: %s"):format(local_time(decision.decided_ms), decision.kind, decision.why)
  end))
  return rows
end

local function data_of(attempt, files, decisions, saved)
  local data, result = attempts.data(attempt), result_of(attempt)
  data.urls, data.handle, data.object = result.urls, result.handle, result.object
  data.answer = attempt.answer and text.line(attempt.answer, MAX_VALUE)
  data.files = json.array(map(files, function(file)
    return { file = file.file, bytes = file.bytes, sha256 = file.sha256, place = file.place }
  end))
  data.saved = json.array(map(saved, function(file) return file.path end))
  data.decisions = json.array(map(decisions, function(decision)
    return { kind = decision.kind, why = decision.why, at = attempts.time(decision.decided_ms) }
  end))
  return data
end

function show.run(args)
  local attempt = attempts.find(args.id)
  local journal = attempts.journal()
  local files = attempt.task_id and journal:artifacts(attempt.origin, attempt.task_id) or {}
  local decisions, saved = journal:history(attempt.attempt_id)
  if args.json then
    output.print_json(data_of(attempt, files, decisions, saved))
    return 0
  end
  local rows = rows_of(attempt, files, decisions, saved)
  for _, row in ipairs(rows) do row[2] = text.line(row[2], MAX_VALUE) end
  columns.print(rows)
  return 0
end

return show
