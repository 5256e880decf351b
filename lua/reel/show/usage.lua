-- Mistakes in the command line: one message, one hint, exit code 2.
local Error = require "reel.base.error"

local usage = {}

--- Raises a reel.Error of kind "config" that the program prints with its hint.
---@param message string
---@param hint? string   What to do instead.
function usage.raise(message, hint)
  Error.raise { kind = "config", message = message, hint = hint }
end

return usage
