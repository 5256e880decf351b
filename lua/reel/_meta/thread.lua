---@meta reel.thread

error("this file only tells editors what reel.thread is: require that")

--- Runtimes on threads of their own, each with a Lua state of its own: for work that would hold the
--- host of this one. The program and libreel have it; stock interpreters do not.
---@class reel.thread
local thread = {}

--- A thread. It ends when its job has ended, and when this is collected.
---@class reel.Thread
local Thread = {}

--- What the thread says next, waiting for it: what its job printed, a line without its end, or an
--- entry of its log. More than about 4,000 bytes are cut off. A thread whose words nobody receives
--- waits after some hundred of them. A job that is cancelled in this wait may take words along.
---@async
---@return string? text   nil alone: the thread has ended, or was closed
---@return reel.LogLevel|reel.core.Word|nil level   an entry's; with nil: a word
---@return string? message   how the job failed; a cancelled one just ends
function Thread:receive() end

--- Asks its job to end by cancelling it; `receive` tells when that is done. Twice does no harm.
function Thread:stop() end

--- Ends the thread at once: its Lua code stops as by reel_interrupt(), and nothing cleans up. Waits
--- for that, some milliseconds; not at all once the thread has ended. Idempotent; a `<close>`
--- variable does it, too.
function Thread:close() end

--- Starts a thread with the package.path and package.cpath of this state. Its job calls
--- require(module).run(text). Both are text without zero bytes.
---@param module string
---@param text string
---@return reel.Thread? thread
---@return reel.core.Word? word
---@return string? message
function thread.start(module, text) end

return thread
