---@meta reel.core.process

error("this file only tells editors what reel.core.process is: require that")

--- Programs that are run to their end, each in a process group of its own.
---@class reel.core.process
local process = {}

---@class reel.core.ProcessOptions
---@field argv string[]          The program and its arguments.
---@field cwd? string            Its folder; default: this process's.
---@field timeout? number        Seconds until it is killed; default 0: never.
---@field max_output? integer    Bytes that are kept of each stream, to 1 GiB; default 1 MiB.
---@field nice? integer          0 to 19; default 0.
---@field stdin? string          Default: nothing.

---@class reel.core.ProcessResult
---@field code integer?     Its exit code …
---@field signal integer?   … or the signal that ended it.
---@field stdout string     The first bytes, where it was cut.
---@field stderr string     The last bytes, where it was cut.

--- Runs a program. A cancel kills its group.
---@async
---@param options reel.core.ProcessOptions
---@return reel.core.ProcessResult? result
---@return reel.core.Word? word   "not_found", "timeout", "system"
---@return string? message
function process.run(options) end

--- This process's id.
---@return integer
function process.pid() end

--- The system's id of this runtime's I/O thread, which lives as long as the runtime.
---@return integer
function process.thread() end

return process
