---@meta reel.core.json

error("this file only tells editors what reel.core.json is: require that")

--- The parts of reading JSON that would take Lua most of the time.
---@class reel.core.json
local json = {}

--- Looks at JSON text before anything is built from it.
---@param text string
---@param max_depth integer   levels of arrays and objects, 0 to 1000
---@return "utf8"|"control"|"deep"|nil fault
---@return integer? position
function json.check(text, max_depth) end

--- Replaces whole numbers up to 2^53 by integers, in place; nil if a number is infinite.
---@param value any
---@return any
function json.mend(value) end

return json
