---@meta reel.core.coroutine

error("this file describes reel.core.coroutine for editors; require reel.core.coroutine itself")

--- Lua's coroutine library, changed so that a wait inside a coroutine parks the whole job. After
--- the wait the coroutine goes on. Requiring reel.core replaces the global `coroutine` by it.
---@class reel.core.coroutine : coroutinelib
local coroutine = {}

--- Works as in Lua. A coroutine that waits in a job cannot be resumed.
---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function coroutine.resume(co, ...) end

--- Works as in Lua.
---@param fn function
---@return fun(...): any
function coroutine.wrap(fn) end

--- Works as in Lua. Raises in a job outside of any coroutine, and when it would yield out of a
--- shield.
---@async
---@param ... any
---@return any ...
function coroutine.yield(...) end

--- Works as in Lua. Raises for a coroutine that waits in a job.
---@param co thread
---@return boolean ok
---@return any message
function coroutine.close(co) end

return coroutine
