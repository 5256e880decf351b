-- The moving picture of a drawn clip when this ffmpeg cannot read SVG: slow gradients.

local colour = require "reel.render.colour"
local filter = require "reel.render.filter"

local plain = {}

-- The gradients are made this many times smaller and scaled up: at full size they alone would cost
-- two seconds.
local SMALL = 16

--- Adds the filter chain of the picture [cut].
function plain.add(plan, page)
  local colours = page.palette
  local width, height = page.width // SMALL, page.height // SMALL
  plan:chain("gradients=s=%dx%d:r=24:d=%d:n=4:seed=%d:speed=0.010:x0=0:y0=0:x1=%d:y1=%d"
    .. ":c0=%s:c1=%s:c2=%s:c3=%s,scale=%d:%d:flags=bicubic+%s,format=yuv420p,"
    .. "noise=c0s=5:c0_seed=%d[cut]", width, height, page.duration, page.seed % 100000,
    width - 1, height - 1, colour.filter(colours.high), colour.filter(colours.sky),
    colour.filter(colours.low), colour.filter(colours.far), page.width, page.height, filter.EXACT,
    page.seed % 100000)
end

return plain
