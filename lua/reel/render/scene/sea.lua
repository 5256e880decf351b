-- Water in front of far hills, and a sailing boat.

local colour = require "reel.render.colour"
local shape = require "reel.render.scene.shape"
local svg = require "reel.render.svg"

local sea = {
  tops = { -0.09, -0.12, 0.16 },
  bottoms = { 0.16, 0.38 },
}

local SAIL = "#fff6e3"

local function boat(world, x, y)
  local hull, jib = world.palette.ground, colour.mix(SAIL, world.palette.middle, 0.25)
  return svg.tag("g", { transform = ("translate(%.0f %.0f)"):format(x, y) }, table.concat {
    svg.shape("M-88 0H92L64 40Q0 48 -58 40Z", hull),
    svg.shape("M-5 -8V-172Q40 -110 72 -22Z", SAIL),
    svg.shape("M-16 -20V-142Q-48 -80 -66 -20Z", jib),
  })
end

function sea.draw(world)
  local colours, y, h = world.palette, world.horizon, world.height
  local function water(drop, length, height, fill)
    return shape.waves(world, { y = y + h * drop, length = length, height = height, fill = fill })
  end

  local far = shape.ridge(world, {
    y = y, height = h * 0.07, waves = 3, fill = colour.mix(colours.far, colours.low, 0.3),
  }) .. shape.ground(world, y + h * 0.015, colours.far)
  local middle = water(0.07, 150, 10, colour.mix(colours.far, colours.middle, 0.5))
    .. boat(world, world.width * 0.9, y + h * 0.1)
    .. water(0.15, 190, 16, colours.middle)
  local near = water(0.22, 240, 24, colours.close) .. water(0.31, 300, 34, colours.ground)
  return far, middle, near
end

return sea
