-- A ringed planet over a small moon on which a person stands.

local colour = require "reel.render.colour"
local figure = require "reel.render.scene.figure"
local shape = require "reel.render.scene.shape"
local svg = require "reel.render.svg"

local orbit = {
  tops = { -0.42, 0.03, 0.21 },
  bottoms = { 0.3, 0.44 },
}

local function planet(world, x, y, radius)
  local colours = world.palette
  local ring = ("M%.0f %.0fa%.0f %.0f 0 0 0 %.0f 0"):format(
    x - radius * 1.75, y, radius * 1.75, radius * 0.42, radius * 3.5)
  return svg.radial_gradient("planet", {
    { 0, colour.mix(colours.accent, "#ffffff", 0.3) }, { 0.6, colours.accent },
    { 1, colours.middle },
  }, { cx = 0.35, cy = 0.3, r = 0.9 })
    .. svg.tag("g", { transform = ("rotate(-18 %.0f %.0f)"):format(x, y) },
      svg.circle(x, y, radius, "url(#planet)")
        .. svg.line(ring, colours.disc, world.height * 0.014, 0.85))
end

local function crater(x, y, width)
  return svg.tag("ellipse", { cx = x, cy = y, rx = width, ry = width * 0.18, fill_opacity = 0.14 })
end

function orbit.draw(world)
  local colours, y, h, w = world.palette, world.horizon, world.height, world.width
  local x, planet_y = w * 0.34, y - h * 0.06
  local far = planet(world, x, planet_y, h * (world.portrait and 0.15 or 0.2))
    .. svg.circle(x + w * 0.62, planet_y - h * 0.17, h * 0.035,
      colour.mix(colours.disc, colours.far, 0.4))
  local middle = shape.ridge(world, {
    y = y + h * 0.2, height = h * 0.035, waves = 1.2, fill = colours.middle,
  }) .. crater(w * 0.7, y + h * 0.29, 120) .. crater(w * 1.3, y + h * 0.27, 70)
    .. figure.presenter(world, w * 0.62, y + h * 0.215, h * 0.12)
  local near = shape.ridge(world, {
    y = y + h * 0.31, height = h * 0.05, waves = 1.6, fill = colours.ground,
    light = colour.mix(colours.ground, colours.close, 0.5),
  })
  return far, middle, near
end

return orbit
