---@meta reel.core.journal

error("this file describes reel.core.journal for editors; require reel.core.journal itself")

--- The database of the journal. A transaction is on the disk when its call returns.
---@class reel.core.journal
local journal = {}

---@class reel.core.Journal
local Journal = {}

---@class reel.core.Statement
---@field [1] string        SQL.
---@field [2] table         Its parameters, as table.pack gives them.
---@field changes? integer  How many rows it must change, or the transaction fails with "state".

--- Runs statements as one transaction.
---@async
---@param statements reel.core.Statement[]
---@return table<string, any>[][]? rows   of each statement
---@return reel.core.Word? word   "busy": another process has the file; "state": a rule was broken
---@return string? message
function Journal:run(statements) end

--- The same, but returns at once; nothing reports whether the statements succeeded.
---@param statements reel.core.Statement[]
function Journal:post(statements) end

--- Closes the database after all transactions that were started before. Idempotent.
function Journal:close() end

--- The absolute path of the file; nil for a database in memory.
---@return string?
function Journal:path() end

--- Renames the spool file, in which there is something that is no record, so that it is not read
--- again (src/journal/spool.h).
---@param size integer   how much of it has been read; "busy" if it has grown or is being written.
---  -1: rename it whatever its size is
---@return string? name   its new name, in the same folder
---@return reel.core.Word? word
---@return string? message
function Journal:set_spool_aside(size) end

--- Opens a database, which is made if it is missing.
---@async
---@param path string   ":memory:" for a database without a file
---@return reel.core.Journal? journal
---@return reel.core.Word? word
---@return string? message
function journal.open(path) end

--- A point at which a test build can be killed. Other builds do nothing here.
---@param name string
function journal.crash_point(name) end

return journal
