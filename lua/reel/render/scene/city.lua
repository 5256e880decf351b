-- Rows of houses with lit windows.

local colour = require "reel.render.colour"
local shape = require "reel.render.scene.shape"

local city = {
  tops = { -0.38, -0.3, 0.03 },
  bottoms = { 0.5, 0.5 },
}

function city.draw(world)
  local colours, h = world.palette, world.height
  local function houses(drop, narrow, wide, low, high, fill, share)
    return shape.skyline(world, {
      y = world.horizon + h * drop, narrow = narrow, wide = wide, low = h * low, high = h * high,
      fill = fill, lit = share and colours.accent, share = share,
    })
  end

  local far = houses(0, 50, 120, 0.06, 0.3, colour.mix(colours.far, colours.low, 0.18))
  local middle = houses(0.08, 70, 150, 0.05, 0.3, colours.middle, 0.1)
    .. houses(0.14, 80, 160, 0.04, 0.2, colour.mix(colours.middle, colours.close, 0.6), 0.13)
  local near = houses(0.3, 120, 260, 0.03, 0.2, colours.ground, 0.16)
  return far, middle, near
end

return city
