---@meta reel.core.data

error("this file describes reel.core.data for editors; require reel.core.data itself")

--- Files that are data in Lua's syntax.
---@class reel.core.data
local data = {}

--- Evaluates data in a Lua state of its own, which has no library. Limits, all of reel: 16 MiB of
--- memory, 1,000,000 instructions, 300 ms of CPU time; 100,000 values in tables of at most 16
--- levels. The text is no bytecode. It returns a table of strings, finite numbers, booleans and
--- such tables, which is copied. Messages quote nothing of the text.
---@param text string
---@return table? values
---@return string? message   "line 3: …" for a mistake in a line
function data.evaluate(text) end

return data
