-- Settles attempts whose runtime ended between the latch and the verdict. If the answer was stored,
-- it tells the outcome; if not, the outcome is unknown, and a person has to look. An answer that
-- comes after that, from the spool file, still gives the attempt its task.
local Error = require "reel.base.error"
local answers = require "reel.vendor.answers"
local owner = require "reel.journal.owner"
local log = require "reel.base.log"
local spool = require "reel.journal.spool"
local task_ids = require "reel.vendor.task_ids"

local recovery = {}

local MAX_NUMBERS_SHOWN <const> = 5

--- What is known about a latched attempt whose runtime has ended.
---@param attempt table   its row
---@return table verdict  as answers.create
function recovery.verdict(attempt)
  if not attempt.curl_code then
    return { class = "ambiguous", message = "reel ended before the answer came" }
  end
  local word = attempt.curl_code ~= 0 and "transfer" or nil
  return answers.create(attempt.http_status, attempt.answer, word)
end

--- Writes the verdict of a latched attempt whose runtime has ended. Raises "journal" if the answer
--- may be in a spool file that could not be read.
---@async
---@param journal reel.Journal
---@param attempt table   its row
function recovery.classify(journal, attempt)
  if journal.unread_spool and not attempt.curl_code then
    local message = ("attempt %d was sent, and its answer may be in a file that reel could not "
      .. "read: %s"):format(attempt.attempt_id, journal.unread_spool)
    Error.raise({ kind = "journal", billed = "maybe", attempt = attempt.attempt_id,
      message = message })
  end
  journal:answered(attempt.attempt_id, recovery.verdict(attempt), "recovery")
end

-- Gives an ambiguous attempt the task that its stored answer names. With any other answer, and if
-- another attempt has that task, it stays ambiguous.
local function find_task_in_answer(journal, attempt)
  local verdict = recovery.verdict(attempt)
  if verdict.class ~= "created" then return end
  if not journal:answered(attempt.attempt_id, verdict, "recovery") then return end
  log.write("info", ("attempt %d is settled by its stored answer: its task is %s"):format(
    attempt.attempt_id, task_ids.shown(verdict.task_id)))
end

-- Settles a latched attempt, unless its runtime may still do so, or its answer may be in a spool
-- file that could not be read.
local function settle_latched(journal, attempt)
  local may_have_answer = journal.unread_spool and not attempt.curl_code
  if may_have_answer or owner.is_alive(attempt.latched_by) then return end
  recovery.classify(journal, attempt)
end

-- Takes the spool file out of the way, so that what is wrong with it is told once. If a record is
-- being written right now, the file stays as it is, and the next command reads it.
local function set_spool_aside(journal, size, problem)
  local name, word, message = journal.core:set_spool_aside(size)
  if name then
    log.write("warn", ("the spool file %s.spool %s; what could be read is in the journal, and the "
      .. "file is kept as %s beside it"):format(journal.path, problem, name))
  elseif word ~= "busy" then
    log.write("warn", ("the spool file %s.spool %s, and it cannot be renamed: %s")
      :format(journal.path, problem, message))
  end
end

-- A file that cannot be read stays where it is, and so do the attempts whose answers it may hold. A
-- thing that is no file never had answers, so it is taken out of the way.
local function on_unreadable_spool(journal, problem)
  local name, word = journal.core:set_spool_aside(0)
  if name then
    log.write("warn", ("the spool file %s.spool cannot be read: %s; it is kept as %s beside it")
      :format(journal.path, problem, name))
  elseif word ~= "not_found" then
    journal.unread_spool = ("the spool file %s.spool cannot be read: %s; make it a file that "
      .. "belongs to you and that you may read and write (chown, chmod 600), then run reel again")
      :format(journal.path, problem)
    log.write("error", journal.unread_spool .. "; until then, attempts whose answers it may hold "
      .. "stay as they are")
  end
end

-- Takes over answers that could not be written to the journal when they came. A good file is not
-- removed: another process may be appending to it, and reading a record twice changes nothing.
local function read_spool(journal)
  local path = journal.core:path()
  if not path then return end
  local content, message = spool.read(path)
  if message then return on_unreadable_spool(journal, message) end
  if not content then return end
  local awaited = #content.records > 0 and journal:unanswered() or {}
  for _, record in ipairs(content.records) do
    if awaited[record.nonce] then
      journal:add_answer(record.nonce, record.http_status, record.curl_code, record.body)
    end
  end
  if not content.is_whole then
    set_spool_aside(journal, -1, "is too long to be read to its end")
  elseif content.bad_bytes > 0 then
    set_spool_aside(journal, content.size, ("has %d bytes that are no whole answer")
      :format(content.bad_bytes))
  end
end

--- Logs which attempts wait for a person. This happens whenever a journal is opened, until they are
--- settled, and with level "error", which no setting turns off.
---@async
---@param journal reel.Journal
function recovery.warn(journal)
  local open = journal:ambiguous()
  if #open == 0 then return end
  local is_one = #open == 1
  local shown = table.concat(open, ", ", 1, math.min(#open, MAX_NUMBERS_SHOWN))
  if #open > MAX_NUMBERS_SHOWN then
    shown = ("%s and %d more"):format(shown, #open - MAX_NUMBERS_SHOWN)
  end
  local sentence = is_one
    and "attempt %s was sent, but its outcome is unknown, and it may be billed; reel tasks tells "
      .. "how to settle it"
    or "attempts %s were sent, but their outcome is unknown, and they may be billed; reel tasks "
      .. "tells how to settle them"
  log.write("error", sentence:format(shown))
end

--- Settles the attempts of runs that have ended, and ambiguous ones whose answer is there now.
--- Called once, when a journal is opened.
---@async
---@param journal reel.Journal
function recovery.run(journal)
  read_spool(journal)
  for _, attempt in ipairs(journal:unsettled()) do
    local settle = attempt.state == "latched" and settle_latched or find_task_in_answer
    settle(journal, attempt)
  end
  recovery.warn(journal)
end

return recovery
