---@meta reel.core.coroutine

error("this file only tells editors what reel.core.coroutine is: require that")

--- Lua's coroutine library, in which a wait inside a coroutine parks the whole job: the coroutine
--- goes on behind it as if nothing had happened. Requiring reel.core puts it in place.
---@class reel.core.coroutine : coroutinelib
local coroutine = {}

--- As in Lua. A coroutine that waits in a job cannot be resumed.
---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function coroutine.resume(co, ...) end

--- As in Lua.
---@param fn function
---@return fun(...): any
function coroutine.wrap(fn) end

--- As in Lua. Raises in a job outside of any coroutine, and where it would leave a shield.
---@async
---@param ... any
---@return any ...
function coroutine.yield(...) end

--- As in Lua. Raises for a coroutine that waits in a job.
---@param co thread
---@return boolean ok
---@return any message
function coroutine.close(co) end

return coroutine
