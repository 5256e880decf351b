-- Where things are in a frame. All places are shares of the frame's size, so one rule serves all
-- sizes.

local layout = {}

-- Pixels around the mark that delogo has to remove, too, since the mark's edge is blurred.
local MARK_HALO = 4

local function round(number) return math.floor(number + 0.5) end

local function even(number) return 2 * round(number / 2) end

layout.even = even

local function mark_of(page)
  local base = page.portrait and page.width or page.height * 1.3
  local width, height = even(base * 0.15), even(base * 0.046)
  return {
    x = page.width - page.margin - width,
    y = math.max(MARK_HALO + 2, math.floor(page.height * (page.portrait and 0.032 or 0.05))),
    width = width, height = height,
  }
end

---@class reel.render.Layout
---@field width integer
---@field height integer
---@field portrait boolean
---@field margin integer          left and right of all text
---@field small integer           size of labels, px
---@field caption_size integer    px
---@field caption_width integer   px
---@field caption_bottom integer  y
---@field clock_bottom integer    y
---@field note_bottom integer     y
---@field mark table              x, y, width, height of the pill

---@param width integer
---@param height integer
---@return reel.render.Layout
function layout.new(width, height)
  local portrait = height > width
  local page = {
    width = width, height = height, portrait = portrait,
    margin = math.max(MARK_HALO + 2, round(width * (portrait and 0.075 or 0.055))),
    small = math.max(11, round(portrait and width * 0.026 or height * 0.0255)),
    title_size = round(portrait and width * 0.125 or height * 0.125),
    caption_size = round(portrait and width * 0.058 or height * 0.053),
    caption_width = math.floor(width * (portrait and 0.82 or 0.66)),
    caption_lines = portrait and 5 or 3,
    caption_bottom = height - math.floor(height * (portrait and 0.085 or 0.095)),
    clock_bottom = height - math.floor(height * (portrait and 0.036 or 0.1)),
    note_bottom = height - math.floor(height * (portrait and 0.036 or 0.045)),
  }
  page.mark = mark_of(page)
  return page
end

--- The box that delogo fills to remove the mark. It lies inside the frame, as delogo demands.
---@param width integer
---@param height integer
---@return table box   x, y, width, height
function layout.mark_box(width, height)
  local mark = layout.new(width, height).mark
  return {
    x = mark.x - MARK_HALO, y = mark.y - MARK_HALO,
    width = mark.width + 2 * MARK_HALO, height = mark.height + 2 * MARK_HALO,
  }
end

return layout
