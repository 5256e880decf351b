-- Reads and writes the journal: calls, their attempts, results and decisions, in the order of the
-- moments T0 to Td (README.md). Other modules decide what is written. The schema
-- (src/journal/schema.sql) refuses rows that would break the rules about money. A function returns
-- when its rows are on the disk (src/journal/journal.c).
local Error = require "reel.base.error"
local core_journal = require "reel.core.journal"
local digest = require "reel.core.digest"
local owner = require "reel.journal.owner"
local job = require "reel.core.job"
local spellings = require "reel.journal.spellings"
local states = require "reel.journal.states"
local task_ids = require "reel.vendor.task_ids"

---@class reel.Journal
---@field path string
---@field run string      The id of this runtime's run, whose row is written with its first attempt.
---@field holder string   The name of this runtime, which latched attempts get (owner.lua).
---@field asked table<integer, true>   Ids of calls that this run asked for, not written yet.
---@field unread_spool string?   Why the spool file could not be read (recovery.lua), for people.
local Journal = {}
Journal.__index = Journal
Journal.__gc = function(journal) journal:close() end

local BUSY_PAUSE <const> = 0.1 -- seconds; SQLite itself waits for 5 before it says "busy"

local function now_ms()
  return os.time() * 1000
end

local function sql(text, ...)
  return { text, table.pack(...) }
end

-- A statement that must change exactly one row, else the transaction fails. With the expected state
-- in its WHERE clause it is a compare-and-swap.
local function sql_one_row(text, ...)
  return { text, table.pack(...), changes = 1 }
end

-- Runs a transaction; tries again as long as another process holds the file. Returns the rows of
-- each statement, or nil and a message when a rule of the schema or sql_one_row refused. Raises
-- "journal" for every other failure.
local function transact(journal, ...)
  while true do
    local results, word, message = journal.core:run({ ... })
    if results then return results end
    if word == "state" then return nil, message end
    if word ~= "busy" then
      local text = ("the journal %s cannot be used: %s"):format(journal.path, message)
      Error.raise({ kind = "journal", message = text })
    end
    job.sleep(BUSY_PAUSE)
  end
end

-- The same for a transaction that no rule should refuse: a refusal is raised, too.
local function must_run(journal, ...)
  local results, message = transact(journal, ...)
  if results then return results end
  Error.raise({ kind = "journal", message = "the journal refused a change: " .. message })
end

--- Opens the journal at a path, or one in memory for ":memory:". Writes nothing.
---@async
---@param path string
---@param project string   as given to reel.project
---@param script string?
---@return reel.Journal
function Journal.open(path, project, script)
  local opened, _, message = core_journal.open(path)
  if not opened then Error.raise({ kind = "journal", message = message }) end
  return setmetatable({
    core = opened, path = path, run = digest.sha256(digest.random(16)):sub(1, 16),
    holder = owner.own(), project = project, script = script, opened_ms = now_ms(), asked = {},
  }, Journal)
end

-- The statement that notes which calls this run asked for. To save commits, it runs together with
-- the next new attempt, or when the journal is closed.
local function note_asked(journal)
  local ids = {}
  for call_id in pairs(journal.asked) do ids[#ids + 1] = call_id end
  journal.asked = {}
  return sql("UPDATE call SET last_run = ?1 WHERE call_id IN (SELECT value FROM json_each(?2))",
    journal.run, "[" .. table.concat(ids, ",") .. "]")
end

--- Closes the journal after everything that was posted to it before.
function Journal:close()
  if self.is_closed then return end
  self.is_closed = true
  if next(self.asked) then self.core:post({ note_asked(self) }) end
  self.core:close()
end

--- Runs one statement.
---@async
---@param text string
---@param ... any   its parameters
---@return table[] rows
function Journal:rows(text, ...)
  return must_run(self, sql(text, ...))[1]
end

--- Runs one statement; returns nil when a rule of the schema refuses it.
---@async
---@param text string
---@param ... any   its parameters
---@return table[]?
function Journal:try_rows(text, ...)
  local results = transact(self, sql(text, ...))
  return results and results[1]
end

-- Columns of an attempt ---------------------------------------------------------------------------
-- An answer has up to a megabyte, and more if somebody else has written it. So it is read only
-- where it is used: it is classified while the attempt is latched, and `reel show` prints its
-- beginning.

local function answer_of(bytes)
  return ("substr(attempt.answer, 1, %d)"):format(bytes)
end

local ANSWER <const> = answer_of(1024 * 1024 + 1) -- base/json.lua refuses one that is longer
local SHOWN_ANSWER <const> = answer_of(65536)

local function columns_of(names)
  return (names:gsub("[%w_]+", "attempt.%0"))
end

local LISTED <const> = columns_of("attempt_id, call_id, n, run, origin, state, latched_ms,"
  .. " http_status, code, msg, estimate, task_id, fail_code, fail_msg, credits")

local COLUMNS <const> = LISTED .. ", " .. columns_of("nonce, body_sha256, latched_by, resolved_ms,"
  .. " resolved_by, curl_code, remote_state, result_json")

-- T0: a script asks for a call --------------------------------------------------------------------

local live = {}
for _, state in ipairs(states) do
  if state.is_live then live[#live + 1] = ("'%s'"):format(state.name) end
end

local IS_LIVE <const> = "state IN (" .. table.concat(live, ", ") .. ")"

local CALL <const> = " WHERE project = ?1 AND origin = ?2 AND key = ?3 AND take = ?4"

local CALL_ID <const> = "(SELECT call_id FROM call" .. CALL .. ")"

-- The attempt that counts for a call: the surplus task that serves it, else its live attempt, else
-- its latest one.
local ATTEMPT <const> = "SELECT " .. COLUMNS .. ", iif(state = 'latched', " .. ANSWER
  .. ", NULL) AS answer, holder FROM attempt JOIN run USING(run)"
  .. " WHERE attempt_id = coalesce((SELECT attempt_id FROM substitute WHERE call_id = " .. CALL_ID
  .. "), (SELECT attempt_id FROM attempt WHERE call_id = " .. CALL_ID
  .. " ORDER BY " .. IS_LIVE .. " DESC, n DESC LIMIT 1))"

-- A surplus task of an equal call, which serves no call yet. The table substitute tells which call
-- a surplus task serves; its price stays with the call that it was made for. CROSS JOIN makes
-- SQLite read the surplus tasks first, which are few; it would begin with all calls of the project.
local FREE_SURPLUS <const> = " FROM attempt CROSS JOIN call USING(call_id)"
  .. " WHERE attempt.state = 'surplus' AND remote_state IS NOT 'fail'"
  .. " AND attempt_id NOT IN (SELECT attempt_id FROM substitute)"
  .. " AND project = ?1 AND call.origin = ?2 AND model = ?3 AND input_sha256 = ?4"
  .. " ORDER BY attempt_id LIMIT 1"

local function insert_call(journal, call)
  return sql("INSERT INTO call(project, origin, key_kind, key, take, model, input_sha256,"
    .. " input_json, first_run, last_run, created_ms)"
    .. " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)"
    .. " ON CONFLICT(project, origin, key, take) DO NOTHING", call.project, call.origin,
    call.key_kind, call.key, call.take, call.model.name, call.content, call.input_json,
    journal.run, now_ms())
end

local function insert_run(journal)
  return sql("INSERT INTO run(run, script, project, started_ms, holder)"
    .. " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(run) DO NOTHING", journal.run, journal.script,
    journal.project, journal.opened_ms, journal.holder)
end

---@class reel.KnownCall
---@field row table?      the call's row; nil if no attempt was ever made for it
---@field attempt table?  the attempt that counts: the surplus task that serves the call, else its
---  live attempt, else its latest one
---@field surplus table?  an equal call's surplus task that no call has taken yet

local function find(journal, call, origin)
  local results = must_run(journal,
    sql("SELECT * FROM call" .. CALL, call.project, origin, call.key, call.take),
    sql(ATTEMPT, call.project, origin, call.key, call.take),
    sql("SELECT " .. COLUMNS .. FREE_SURPLUS, call.project, origin, call.model.name, call.content))
  return { row = results[1][1], attempt = results[2][1], surplus = results[3][1] }
end

--- Reads what the journal knows of a call. Writes nothing. A call that the journal has, or has a
--- surplus task for, under another spelling of its origin gets that origin.
---@async
---@param call table   of pay/prepare.lua: project, origin, other_origins, key, take, model, content
---@return reel.KnownCall
function Journal:find(call)
  local known = find(self, call, call.origin)
  for _, origin in ipairs(not known.row and spellings.in_use(self, call) or {}) do
    local other = find(self, call, origin)
    if other.row or other.surplus and not known.surplus then
      call.origin = origin
      return other
    end
  end
  return known
end

--- Reads what the journal knows of a call, and notes that this run asked for the call.
---@async
---@param call table   of pay/prepare.lua
---@return reel.KnownCall
function Journal:ask(call)
  local known = self:find(call)
  if known.row and known.row.last_run ~= self.run then self.asked[known.row.call_id] = true end
  return known
end

--- Replaces the input of a call with an explicit key whose last attempt led to nothing.
---@async
---@param call_id integer
---@param call table   of pay/prepare.lua, with the new input
function Journal:change_input(call_id, call)
  must_run(self, sql("UPDATE call SET model = ?2, input_sha256 = ?3, input_json = ?4"
    .. " WHERE call_id = ?1", call_id, call.model.name, call.content, call.input_json))
end

--- Lets a surplus task of an equal call serve this call, which gets a row if it has none. No task
--- serves it if another call has taken the surplus task meanwhile or this one has a live attempt.
---@async
---@param call table   of pay/prepare.lua
function Journal:substitute(call)
  transact(self, insert_call(self, call), sql("INSERT INTO substitute"
    .. " SELECT (SELECT call_id FROM call"
    .. " WHERE project = ?1 AND origin = ?2 AND key = ?5 AND take = ?6), attempt_id, ?7"
    .. FREE_SURPLUS, call.project, call.origin, call.model.name, call.content, call.key, call.take,
    now_ms()))
end

--- Lets a call make a task of its own again, since the surplus task that served it has failed.
---@async
---@param call_id integer
function Journal:drop_substitute(call_id)
  must_run(self, sql("DELETE FROM substitute WHERE call_id = ?1", call_id))
end

--- Writes a new attempt in state intent, with the rows of its call and run if they do not exist.
--- Returns nil if the call has got a live attempt meanwhile.
---@async
---@param call table         of pay/prepare.lua
---@param nonce string
---@param body string        the exact bytes that will be sent
---@param estimate number?   credits
---@return { attempt_id: integer, n: integer, nonce: string }?
function Journal:intend(call, nonce, body, estimate)
  local results = transact(self, insert_run(self), insert_call(self, call), note_asked(self),
    sql("INSERT INTO attempt(call_id, n, run, nonce, body_sha256, origin, state, estimate)"
      .. " SELECT call_id, 1 + coalesce((SELECT max(n) FROM attempt WHERE call_id = call.call_id),"
      .. " 0), ?5, ?6, ?7, ?2, 'intent', ?8 FROM call" .. CALL
      .. " RETURNING attempt_id, n, nonce", call.project, call.origin, call.key, call.take,
      self.run, nonce, digest.sha256(body), estimate))
  return results and results[#results][1]
end

--- Withdraws an attempt that was not sent. Returns false if it is in another state than intent.
---@async
---@return boolean
function Journal:withdraw(attempt_id)
  return transact(self, sql_one_row("UPDATE attempt SET state = 'withdrawn' WHERE attempt_id = ?1"
    .. " AND state = 'intent'", attempt_id)) ~= nil
end

--- Withdraws all attempts of this run that have not passed the latch.
---@async
function Journal:withdraw_all()
  transact(self, sql("UPDATE attempt SET state = 'withdrawn' WHERE run = ?1 AND state = 'intent'",
    self.run))
end

--- How many attempts of this run have passed the latch and have no verdict yet.
---@async
---@return integer
function Journal:count_in_flight()
  return must_run(self, sql("SELECT count(*) AS n FROM attempt WHERE run = ?1"
    .. " AND state = 'latched'", self.run))[1][1].n
end

-- T4: the answer is understood --------------------------------------------------------------------

-- The answer to an attempt that stays ambiguous is kept, since it may help to find the task. Of a
-- refusal the beginning is kept, as the evidence that a new attempt could not pay twice. To an
-- ambiguous attempt only its task can still be given: the schema allows no move to refused.
local function write_verdict(journal, attempt_id, verdict, by)
  return transact(journal, sql_one_row("UPDATE attempt SET state = ?2, task_id = ?3, code = ?4,"
    .. " msg = ?5, resolved_ms = ?6, resolved_by = ?7,"
    .. " answer = iif(?2 = 'ambiguous', answer, iif(?2 = 'refused', substr(answer, 1, 4096), NULL))"
    .. " WHERE attempt_id = ?1 AND (state = 'latched' OR state = 'ambiguous' AND ?2 = 'created')",
    attempt_id, verdict.class, verdict.task_id, verdict.code, verdict.message, now_ms(), by))
end

--- Writes what the answer means. If the answer names a task that another attempt has already, this
--- attempt becomes or stays ambiguous. An ambiguous attempt can only become created.
---@async
---@param attempt_id integer
---@param verdict { class: "created"|"refused"|"ambiguous", task_id: string?, code: integer?,
---  message: string? }
---@param by "answer"|"recovery"   what resolved the attempt
---@return table? verdict   as it was written; nil if the attempt has another state
function Journal:answered(attempt_id, verdict, by)
  if write_verdict(self, attempt_id, verdict, by) then return verdict end
  if verdict.class ~= "created" then return nil end
  local doubt = { class = "ambiguous", code = verdict.code,
    message = ("the answer names task %s, which belongs to another call"):format(
      task_ids.shown(verdict.task_id)) }
  return write_verdict(self, attempt_id, doubt, by) and doubt
end

--- All attempts that have passed the latch and have no verdict yet, and the ambiguous ones whose
--- answer is stored.
---@async
---@return table[]
function Journal:unsettled()
  return must_run(self, sql("SELECT " .. COLUMNS .. ", " .. ANSWER .. " AS answer FROM attempt"
    .. " WHERE state = 'latched' OR state = 'ambiguous' AND answer IS NOT NULL"))[1]
end

--- The numbers of the attempts whose outcome nobody knows.
---@async
---@return integer[]
function Journal:ambiguous()
  local numbers = {}
  local rows = self:rows("SELECT attempt_id FROM attempt WHERE state = 'ambiguous' ORDER BY 1")
  for i, row in ipairs(rows) do numbers[i] = row.attempt_id end
  return numbers
end

--- The nonces of the attempts that were sent and have no stored answer.
---@async
---@return table<string, true>
function Journal:unanswered()
  local nonces = {}
  local rows = self:rows("SELECT nonce FROM attempt WHERE answer IS NULL AND curl_code IS NULL"
    .. " AND latched_ms IS NOT NULL")
  for _, row in ipairs(rows) do nonces[row.nonce] = true end
  return nonces
end

--- Adds an answer from the spool (recovery.lua) to an attempt that has none. The cast is needed
--- since Lua's strings arrive as text, which a column of type BLOB in a strict table refuses.
---@async
---@param nonce string
---@param http_status integer
---@param curl_code integer
---@param body string
function Journal:add_answer(nonce, http_status, curl_code, body)
  transact(self, sql("UPDATE attempt SET answer = CAST(?2 AS BLOB), http_status = ?3,"
    .. " curl_code = ?4 WHERE nonce = ?1 AND answer IS NULL AND curl_code IS NULL", nonce, body,
    http_status, curl_code))
end

-- T6: the end of a task ---------------------------------------------------------------------------

--- Writes that a task has succeeded or failed, and that its callbacks need no more following up.
---@async
---@param origin string
---@param task_id string
---@param fields { state: "succeeded"|"failed", remote_state: string, fail_code: string?,
---  fail_msg: string?, result_json: string, credits: number? }
function Journal:ended(origin, task_id, fields)
  transact(self, sql("UPDATE attempt SET state = ?3, remote_state = ?4, fail_code = ?5,"
    .. " fail_msg = ?6, result_json = ?7, credits = ?8 WHERE origin = ?1 AND task_id = ?2"
    .. " AND state IN ('created', 'missing')", origin, task_id, fields.state, fields.remote_state,
    fields.fail_code, fields.fail_msg, fields.result_json, fields.credits),
    sql("UPDATE attempt SET remote_state = ?3, fail_code = ?4, fail_msg = ?5, result_json = ?6,"
      .. " credits = ?7 WHERE origin = ?1 AND task_id = ?2 AND state = 'surplus'", origin, task_id,
      fields.remote_state, fields.fail_code, fields.fail_msg, fields.result_json, fields.credits),
    sql("UPDATE inbox SET applied_ms = ?3 WHERE applied_ms IS NULL AND nonce ="
      .. " (SELECT nonce FROM attempt WHERE origin = ?1 AND task_id = ?2)", origin, task_id,
      now_ms()))
end

--- Writes that the vendor has no record of a task, or that it has one again.
---@async
---@param origin string
---@param task_id string
---@param is_missing boolean
function Journal:missing(origin, task_id, is_missing)
  local from, to = "created", "missing"
  if not is_missing then from, to = to, from end
  transact(self, sql("UPDATE attempt SET state = ?4 WHERE origin = ?1 AND task_id = ?2"
    .. " AND state = ?3", origin, task_id, from, to))
end

-- T7: files ---------------------------------------------------------------------------------------

local ATTEMPT_OF_TASK <const> =
  "(SELECT attempt_id FROM attempt WHERE origin = ?1 AND task_id = ?2)"

--- The kept result files of a task.
---@async
---@param origin string
---@param task_id string
---@return { place: integer, url: string, file: string, sha256: string, bytes: integer }[]
function Journal:artifacts(origin, task_id)
  return must_run(self, sql("SELECT * FROM artifact WHERE attempt_id = " .. ATTEMPT_OF_TASK
    .. " ORDER BY place", origin, task_id))[1]
end

--- Writes that a result file of a task is kept.
---@async
---@param artifact { origin: string, task_id: string, place: integer, url: string, file: string,
---  sha256: string, bytes: integer }
function Journal:stored(artifact)
  must_run(self, sql("INSERT INTO artifact(attempt_id, place, url, file, sha256, bytes, stored_ms)"
    .. " SELECT attempt_id, ?3, ?4, ?5, ?6, ?7, ?8 FROM attempt"
    .. " WHERE origin = ?1 AND task_id = ?2"
    .. " ON CONFLICT(attempt_id, place) DO UPDATE SET url = excluded.url, file = excluded.file,"
    .. " sha256 = excluded.sha256, bytes = excluded.bytes, stored_ms = excluded.stored_ms",
    artifact.origin, artifact.task_id, artifact.place, artifact.url, artifact.file, artifact.sha256,
    artifact.bytes, now_ms()))
end

--- The hash of the file that task:save wrote to a path outside the media folder.
---@async
---@param path string
---@return string? sha256
function Journal:saved_sha(path)
  local row = must_run(self, sql("SELECT sha256 FROM saved WHERE path = ?1", path))[1][1]
  return row and row.sha256
end

--- Writes that task:save wrote a result to a path outside the media folder.
---@async
---@param path string
---@param sha256 string
---@param origin string
---@param task_id string
function Journal:saved(path, sha256, origin, task_id)
  must_run(self, sql("INSERT OR REPLACE INTO saved(attempt_id, path, sha256, saved_ms) VALUES("
    .. ATTEMPT_OF_TASK .. ", ?3, ?4, ?5)", origin, task_id, path, sha256, now_ms()))
end

--- The URL of an upload of some content, if the vendor still keeps one.
---@async
---@param origin string
---@param sha256 string   of the content
---@return string? url
function Journal:upload_url(origin, sha256)
  local row = must_run(self, sql("SELECT url FROM upload WHERE origin = ?1 AND sha256 = ?2"
    .. " AND expires_ms > ?3", origin, sha256, now_ms()))[1][1]
  return row and row.url
end

--- Writes the URL of an upload.
---@async
---@param origin string
---@param sha256 string   of the content
---@param url string
---@param expires_ms integer
function Journal:uploaded(origin, sha256, url, expires_ms)
  must_run(self, sql("INSERT OR REPLACE INTO upload(origin, sha256, url, expires_ms)"
    .. " VALUES(?1, ?2, ?3, ?4)", origin, sha256, url, expires_ms))
end

-- Td: a person decides ----------------------------------------------------------------------------

--- Writes a person's decision about an attempt with its reason, and the attempt's new state, in one
--- transaction. Returns nil and a message if the attempt is not in state `from`, or a rule of the
--- schema refuses the move.
---@async
---@param decision { attempt_id: integer, kind: string, why: string, from: string, to: string,
---  task_id: string? }
---@return boolean? done, string? message
function Journal:decide(decision)
  local results, message = transact(self,
    sql("INSERT INTO decision(attempt_id, kind, why, decided_ms) VALUES(?1, ?2, ?3, ?4)",
      decision.attempt_id, decision.kind, decision.why, now_ms()),
    sql_one_row("UPDATE attempt SET state = ?2, task_id = coalesce(task_id, ?3), resolved_ms = ?4,"
      .. " resolved_by = 'person', answer = iif(?3 IS NULL, answer, NULL)"
      .. " WHERE attempt_id = ?1 AND state = ?5", decision.attempt_id, decision.to,
      decision.task_id, now_ms(), decision.from))
  return results and true, message
end

-- What commands show ------------------------------------------------------------------------------

local CALL_AND_RUN <const> = ", call.project, call.key, call.key_kind, call.take, call.model,"
  .. " call.input_json, call.last_run, run.holder, run.script, run.started_ms FROM attempt"
  .. " JOIN call USING(call_id) JOIN run ON run.run = attempt.run"

local WITH_CALL_AND_RUN <const> = "SELECT " .. COLUMNS .. ", " .. SHOWN_ANSWER .. " AS answer"
  .. CALL_AND_RUN

--- All attempts that have passed the latch: first those that need a person, then the rest, each
--- part with the newest first.
---@async
---@param with_results? boolean   also read result_json, which may be long
---@return table[]
function Journal:list(with_results)
  return must_run(self, sql("SELECT " .. LISTED
    .. (with_results and ", attempt.result_json" or "") .. CALL_AND_RUN
    .. " WHERE attempt.state NOT IN ('intent', 'withdrawn')"
    .. " ORDER BY attempt.state NOT IN ('ambiguous', 'missing'), latched_ms DESC,"
    .. " attempt_id DESC"))[1]
end

--- The attempt with this number.
---@async
---@param number integer
---@return table?
function Journal:attempt(number)
  return self:rows(WITH_CALL_AND_RUN .. " WHERE attempt_id = ?1", number)[1]
end

--- The attempt that made a task.
---@async
---@param origins string[]   spellings of its origin
---@param task_id string
---@return table?
function Journal:attempt_of_task(origins, task_id)
  for _, origin in ipairs(origins) do
    local row = self:rows(WITH_CALL_AND_RUN .. " WHERE attempt.origin = ?1 AND task_id = ?2",
      origin, task_id)[1]
    if row then return row end
  end
end

--- The attempt that a person names by its task id or by its number, in this order. Two origins may
--- have given the same id; the task of `origin` is preferred.
---@async
---@param id string
---@param origin string
---@return table?
function Journal:attempt_named(id, origin)
  local number = id:find("^%d+$") and math.tointeger(id)
  return self:rows(WITH_CALL_AND_RUN .. " WHERE task_id = ?1 OR attempt_id = ?2"
    .. " ORDER BY task_id IS ?1 DESC, attempt.origin = ?3 DESC LIMIT 1", id, number, origin)[1]
end

--- The numbers of all attempts that have a task, with its id.
---@async
---@return { attempt_id: integer, task_id: string }[]
function Journal:task_ids()
  return must_run(self, sql("SELECT attempt_id, task_id FROM attempt WHERE task_id IS NOT NULL"))[1]
end

--- The live attempt of a call; nil if it has none.
---@async
---@param call_id integer
---@return { attempt_id: integer, state: string }?
function Journal:live_attempt(call_id)
  return self:rows("SELECT attempt_id, state FROM attempt WHERE call_id = ?1 AND "
    .. IS_LIVE, call_id)[1]
end

--- The results of the latest tasks of a model that have succeeded, as JSON, the newest first.
---@async
---@param origin string
---@param model string
---@param limit integer
---@return { result_json: string }[]
function Journal:last_results(origin, model, limit)
  return must_run(self, sql("SELECT result_json FROM attempt JOIN call USING(call_id)"
    .. " WHERE attempt.origin = ?1 AND model = ?2 AND attempt.state = 'succeeded'"
    .. " ORDER BY attempt_id DESC LIMIT ?3", origin, model, limit))[1]
end

--- What people decided about an attempt, and where its results were saved.
---@async
---@param attempt_id integer
---@return { kind: string, why: string, decided_ms: integer }[] decisions
---@return { path: string, sha256: string, saved_ms: integer }[] saved
function Journal:history(attempt_id)
  local results = must_run(self,
    sql("SELECT kind, why, decided_ms FROM decision WHERE attempt_id = ?1 ORDER BY decision_id",
      attempt_id),
    sql("SELECT path, sha256, saved_ms FROM saved WHERE attempt_id = ?1 ORDER BY path",
      attempt_id))
  return results[1], results[2]
end

--- What was spent, by run, project and origin: the number of creates, estimated and actual credits.
---@async
---@return table[]
function Journal:ledger()
  return must_run(self, sql("SELECT attempt.run, run.script, run.started_ms, call.project,"
    .. " attempt.origin, count(*) AS creates, sum(attempt.state = 'ambiguous') AS ambiguous,"
    .. " total(estimate) AS estimate, total(credits) AS credits,"
    .. " sum(credits IS NULL) AS unknown FROM attempt JOIN call USING(call_id)"
    .. " JOIN run ON run.run = attempt.run"
    .. " WHERE latched_ms IS NOT NULL AND attempt.state <> 'refused'"
    .. " GROUP BY attempt.run, call.project, attempt.origin"
    .. " ORDER BY run.started_ms DESC, attempt.run"))[1]
end

return Journal
