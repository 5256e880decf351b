---@meta reel.core.coroutine

error("this file describes reel.core.coroutine for editors; require reel.core.coroutine itself")

--- Lua's coroutine library, changed so that a wait inside a coroutine parks the whole job. After
--- the wait the coroutine goes on. The global `coroutine` is the same table: requiring reel.core
--- changes the functions in it.
---@class reel.core.coroutine : coroutinelib
local coroutine = {}

--- Works as in Lua. Also returns false and a message if a job is waiting inside the coroutine.
---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function coroutine.resume(co, ...) end

--- Works as in Lua. The function also raises if a job is waiting inside its coroutine.
---@param fn function
---@return fun(...): any
function coroutine.wrap(fn) end

--- Works as in Lua; the function of a job counts as outside of any coroutine. Also raises while a
--- reel.shield runs that the same coroutine has called.
---@async
---@param ... any
---@return any ...
function coroutine.yield(...) end

--- Works as in Lua. Also raises if a job is waiting inside the coroutine.
---@param co thread
---@return boolean ok
---@return any message
function coroutine.close(co) end

return coroutine
