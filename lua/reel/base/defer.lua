-- A call that is made when a block ends, however it ends:
--
--   local _ <close> = defer(file.close, file)
--
-- The function may wait. It is not told of the error that ended the block; where that matters, a
-- metatable with __close stands in the place itself.
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
