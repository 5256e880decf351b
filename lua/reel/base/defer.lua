-- Calls a function when a block ends, also when an error or a cancel ends the block:
--
--   local _ <close> = defer(file.close, file)
--
-- The function may wait. It is not given the error that ended the block; code that needs the error
-- uses a metatable with __close instead of this module.
local deferred_mt = { __name = "reel.Deferred" }

function deferred_mt:__close()
  self.fn(table.unpack(self, 1, self.n))
end

--- Gives a value for a `<close>` variable; closing the variable calls `fn(...)`.
---@param fn function
---@param ... any
---@return table
local function defer(fn, ...)
  local call = table.pack(...)
  call.fn = fn
  return setmetatable(call, deferred_mt)
end

return defer
