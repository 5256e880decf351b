-- Three rows of firs in the mist.

local colour = require "reel.render.colour"
local shape = require "reel.render.scene.shape"

local forest = {
  tops = { -0.22, -0.16, -0.22 },
  bottoms = { 0.29, 0.48 },
}

function forest.draw(world)
  local colours, y, h = world.palette, world.horizon, world.height
  local function hill(drop, height, waves, fill, light)
    return shape.ridge(world, {
      y = y + h * drop, height = h * height, waves = waves, fill = fill, light = light,
    })
  end
  local function firs(points, share, low, high, fill)
    return shape.firs(world, points, { share = share, low = h * low, high = h * high, fill = fill })
  end

  local far, far_edge = hill(0, 0.06, 2.2, colours.far, colour.mix(colours.far, colours.low, 0.3))
  far = far .. firs(far_edge, 0.5, 0.06, 0.13, colour.mix(colours.far, colours.middle, 0.18))
  local middle, middle_edge = hill(0.12, 0.06, 2.6, colours.middle)
  middle = middle
    .. firs(middle_edge, 0.42, 0.11, 0.21, colour.mix(colours.middle, colours.close, 0.25))
  local near, near_edge = hill(0.29, 0.05, 1.8, colours.close)
  near = near .. firs(near_edge, 0.16, 0.22, 0.4, colour.mix(colours.close, colours.ground, 0.75))
  return far, middle, near .. (hill(0.36, 0.03, 2.6, colours.ground))
end

return forest
