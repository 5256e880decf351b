---@meta reel.core.json

error("this file describes reel.core.json for editors; require reel.core.json itself")

--- The parts of reading JSON that would be slow in Lua.
---@class reel.core.json
local json = {}

--- Checks JSON text before anything is built from it.
---@param text string
---@param max_depth integer   levels of arrays and objects, 0 to 1000
---@return "utf8"|"control"|"deep"|nil fault   nil: the text has none of these faults
---@return integer? position
function json.check(text, max_depth) end

--- Replaces whole numbers up to 2^53 by integers, in place.
---@param value any
---@return any value   nil: a number is infinite
function json.mend(value) end

return json
