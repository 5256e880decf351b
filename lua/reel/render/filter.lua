-- Pieces of filter graphs that several files use.

local shots = require "reel.render.shots"

local filter = {}

-- Flags for scaling that gives the same bytes whatever vector instructions the CPU has.
filter.EXACT = "accurate_rnd+bitexact"

-- Undoes what ffmpeg's SVG decoder does: it premultiplies, which darkens translucent parts, and it
-- gives RGB.
filter.STILL = "format=gbrap,unpremultiply=inplace=1,scale=in_range=pc:out_range=tv"
  .. ":out_color_matrix=bt709:flags=bilinear+" .. filter.EXACT

-- The pixel format and the colour tags that the encoder is told.
filter.TAGGED = "format=yuv420p,setparams=range=tv:color_primaries=bt709:color_trc=bt709"
  .. ":colorspace=bt709"

-- JPEG wants the older matrix and the full range.
filter.JPEG = "scale=in_color_matrix=bt709:out_color_matrix=bt601:out_range=pc:flags=bicubic+"
  .. filter.EXACT .. ",format=yuvj420p"

--- Repeats one frame, so that a drawing is rasterised once rather than in every frame.
---@param frames integer
function filter.hold(frames)
  return ("loop=%d:1:0,setpts=N/(%d*TB)"):format(frames - 1, shots.FPS)
end

return filter
