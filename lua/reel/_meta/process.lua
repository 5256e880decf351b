---@meta reel.core.process

error("this file describes reel.core.process for editors; require reel.core.process itself")

--- Runs programs to their end, each in its own process group.
---@class reel.core.process
local process = {}

---@class reel.core.ProcessOptions
---@field argv string[]          The program and its arguments. A program whose name has no
---  slash is searched in the absolute entries of PATH.
---@field cwd? string            The program's folder; default: that of this process.
---@field timeout? number        Seconds until the program is killed; default 0: never.
---@field max_output? integer    Bytes that are kept of each stream, to 1 GiB; default 1 MiB.
---@field nice? integer          0 to 19; default 0.
---@field stdin? string          What the program reads; default: nothing.
---@field confined? boolean      For a program that reads files from outside: at most 4 GiB of
---  address space, 4 GiB a file, 600 s of processor time, no new privileges. Default false.

---@class reel.core.ProcessResult
---@field code integer?     The exit code, unless a signal ended the program.
---@field signal integer?   The signal that ended the program.
---@field stdout string     At most max_output bytes: the first ones.
---@field stderr string     At most max_output bytes: the last ones.

--- Runs a program and waits for its end. A cancel kills its process group.
---@async
---@param options reel.core.ProcessOptions
---@return reel.core.ProcessResult? result
---@return reel.core.Word? word   "not_found", "timeout", "system"
---@return string? message
function process.run(options) end

--- The id of this process.
---@return integer
function process.pid() end

--- The system's id of this runtime's I/O thread, which lives as long as the runtime.
---@return integer
function process.thread() end

return process
