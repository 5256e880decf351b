-- Hills behind hills.

local colour = require "reel.render.colour"
local shape = require "reel.render.scene.shape"

local ridges = {
  tops = { -0.14, 0.04, 0.15 },
  bottoms = { 0.36, 0.49 },
}

function ridges.draw(world)
  local colours, y, h = world.palette, world.horizon, world.height
  local function hill(drop, height, waves, fill, light)
    return shape.ridge(world, {
      y = y + h * drop, height = h * height, waves = waves, fill = fill, light = light,
    })
  end

  local haze = colour.mix(colours.far, colours.low, 0.25)
  local far = hill(0.02, 0.11, 2.2, colours.far, haze)
    .. hill(0.09, 0.09, 2.9, colour.mix(colours.far, colours.middle, 0.6))
  local middle = hill(0.17, 0.09, 2.4, colours.middle) .. hill(0.24, 0.06, 3.1, colours.close)
  local near, points = hill(0.33, 0.05, 2, colours.ground,
    colour.mix(colours.ground, colours.close, 0.35))
  local firs = { share = 0.1, low = h * 0.05, high = h * 0.12, fill = colours.ground }
  return far, middle, near .. shape.firs(world, points, firs)
end

return ridges
