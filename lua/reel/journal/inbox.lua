-- The callbacks in the journal. Each is written before the vendor gets its "success", so that none
-- is lost when the process ends. A row holds two things from the callback: the nonce in its path,
-- which names the attempt, and the task id, which counts as a claim until recordInfo confirms it.
local canonical_json = require "reel.base.canonical_json"
local inbox = {}

local MAX_CALLBACKS <const> = 16 -- rows of one nonce; the vendor makes about three tries

local function now_ms()
  return os.time() * 1000
end

--- The attempt that a nonce names.
---@async
---@param journal reel.Journal
---@param nonce string
---@return { attempt_id: integer, state: string, task_id: string? }?
function inbox.attempt(journal, nonce)
  return journal:rows("SELECT attempt_id, state, task_id FROM attempt WHERE nonce = ?1", nonce)[1]
end

--- Stores a callback. Stores nothing if an equal one waits to be applied, if the end of the
--- attempt's task is known, if no attempt has the nonce, or if the nonce has too many rows already.
---@async
---@param journal reel.Journal
---@param nonce string
---@param task_id string?   the task that the callback names
---@return boolean is_new   whether a row was written
function inbox.store(journal, nonce, task_id)
  return journal:rows("INSERT INTO inbox(nonce, task_id, received_ms) SELECT nonce, ?2, ?3"
    .. " FROM attempt WHERE nonce = ?1 AND result_json IS NULL"
    .. " AND NOT EXISTS(SELECT 1 FROM inbox WHERE nonce = ?1 AND task_id IS ?2"
    .. " AND applied_ms IS NULL) AND (SELECT count(*) FROM inbox WHERE nonce = ?1) < ?4"
    .. " RETURNING inbox_id", nonce, task_id, now_ms(), MAX_CALLBACKS)[1] ~= nil
end

--- The number of the newest row; 0 if there is none.
---@async
---@param journal reel.Journal
---@return integer
function inbox.newest(journal)
  return journal:rows("SELECT coalesce(max(inbox_id), 0) AS id FROM inbox")[1].id
end

---@class reel.Callback: table   has the columns of its attempt as well
---@field inbox_id integer
---@field claimed string?    the task id that the callback named
---@field received_ms integer
---@field applied_ms integer?
---@field model string
---@field input_json string?

local CALLBACK <const> = "SELECT inbox_id, inbox.task_id AS claimed, received_ms, applied_ms,"
  .. " attempt.*, model, input_json FROM inbox JOIN attempt USING(nonce) JOIN call USING(call_id)"

--- The callbacks that wait to be applied, and all callbacks whose number is above `after`, even if
--- another process has applied them.
---@async
---@param journal reel.Journal
---@param origins string[]   spellings of the attempts' origin
---@param after integer
---@return reel.Callback[]
function inbox.callbacks(journal, origins, after)
  return journal:rows(CALLBACK .. " WHERE attempt.origin IN (SELECT value FROM json_each(?1))"
    .. " AND (applied_ms IS NULL OR inbox_id > ?2) ORDER BY inbox_id",
    canonical_json.encode(origins), after)
end

--- One callback, read again from the journal.
---@async
---@param journal reel.Journal
---@param inbox_id integer
---@return reel.Callback
function inbox.callback(journal, inbox_id)
  return journal:rows(CALLBACK .. " WHERE inbox_id = ?1", inbox_id)[1]
end

--- Writes that a callback was followed up.
---@async
---@param journal reel.Journal
---@param inbox_id integer
function inbox.applied(journal, inbox_id)
  journal:rows("UPDATE inbox SET applied_ms = ?2 WHERE inbox_id = ?1 AND applied_ms IS NULL",
    inbox_id, now_ms())
end

--- Gives an attempt the task that its callback named. Returns false if the attempt or its call has
--- changed meanwhile.
---@async
---@param journal reel.Journal
---@param attempt table   its row, as the caller has read it
---@param to "created"|"surplus"
---@param task_id string
---@return boolean
function inbox.confirm(journal, attempt, to, task_id)
  local rows = journal:try_rows("UPDATE attempt SET state = ?3, task_id = ?4, resolved_ms = ?5,"
    .. " resolved_by = 'callback', answer = NULL WHERE attempt_id = ?1 AND state = ?2"
    .. " RETURNING attempt_id",
    attempt.attempt_id, attempt.state, to, task_id, now_ms())
  return rows ~= nil and rows[1] ~= nil
end

return inbox
