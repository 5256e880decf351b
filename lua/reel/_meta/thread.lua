---@meta reel.thread

error("this file describes reel.thread for editors; require reel.thread itself")

--- Runtimes on other threads, each with its own Lua state, for work that would hold up this thread.
--- The program and libreel have this module; stock interpreters do not.
---@class reel.thread
local thread = {}

--- A thread. It ends when its job has ended, or when this object is collected.
---@class reel.Thread
local Thread = {}

--- Waits for the next message of the thread: a line that its job printed, without the newline, or
--- an entry of its log. A message is cut after about 4,000 bytes. If nobody receives them, the
--- thread blocks as soon as some hundreds of messages are waiting. If the caller is cancelled in
--- this wait, messages may be lost.
---@async
---@return string? text   nil, with `level` nil too: the thread has ended without a failure, or was
---  closed
---@return reel.LogLevel|reel.core.Word|nil level   with an entry of the log: its level; with a
---  printed line: nil; with nil: why the job failed
---@return string? message   how the job failed; a cancelled job does not count as failed
function Thread:receive() end

--- Cancels the thread's job; `receive` says when the thread has ended. Idempotent.
function Thread:stop() end

--- Ends the thread at once: its Lua code stops as by reel_interrupt(), without a clean-up. Blocks
--- some milliseconds until the thread has ended. Idempotent; a `<close>` variable closes it, too.
function Thread:close() end

--- Starts a thread with the absolute entries of this state's package.path and package.cpath. Its
--- job calls require(module).run(text). Neither argument may hold zero bytes.
---@param module string
---@param text string
---@return reel.Thread? thread
---@return reel.core.Word? word
---@return string? message
function thread.start(module, text) end

return thread
