---@meta reel.core.journal

error("this file only tells editors what reel.core.journal is: require that")

--- The database of the journal: transactions that are on the disk when they come back.
---@class reel.core.journal
local journal = {}

---@class reel.core.Journal
local Journal = {}

---@class reel.core.Statement
---@field [1] string        SQL.
---@field [2] table         Its parameters, as table.pack gives them.
---@field changes? integer  How many rows it must change; else the transaction fails with "state".

--- Runs statements as one transaction.
---@async
---@param statements reel.core.Statement[]
---@return table<string, any>[][]? rows   of each statement
---@return reel.core.Word? word   "busy": another process has the file; "state": a rule said no
---@return string? message
function Journal:run(statements) end

--- The same, but returns at once, and nobody hears what becomes of the statements.
---@param statements reel.core.Statement[]
function Journal:post(statements) end

--- Closes the journal after all that was asked of it before. Closing twice is fine.
function Journal:close() end

--- Opens a database, or makes it.
---@async
---@param path string   ":memory:" for none on the disk
---@return reel.core.Journal? journal
---@return reel.core.Word? word
---@return string? message
function journal.open(path) end

--- Where a test build can be killed; nothing elsewhere.
---@param name string
function journal.crash_point(name) end

return journal
