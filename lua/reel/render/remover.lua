-- Takes the PREVIEW mark out of a clip. The size of the clip says where the mark is.

local layout = require "reel.render.layout"
local plans = require "reel.render.plan"

local remover = {}

---@param options table   source (path of the clip), width, height, folder
---@return reel.render.Plan
function remover.plan(options)
  local box = layout.mark_box(options.width, options.height)
  local plan = plans.new(options.folder)
  plan:kept(options.source)
  return plan:filtered_clip(("delogo=x=%d:y=%d:w=%d:h=%d"):format(
    box.x, box.y, box.width, box.height))
end

return remover
