-- The sky: its gradient, with clouds, stars or a curtain on it.

local svg = require "reel.render.svg"

local sky = {}

local function cloud(world)
  local random, height = world.random, world.height
  local x = random:between(0, world.width * 1.1)
  local y = random:between(height * 0.06, world.horizon * 0.78)
  local width = world.width * random:between(0.14, 0.34)
  local function bar(left, top, length, thick, opacity)
    return svg.rect(left, top, length, thick, "#ffffff", { rx = thick / 2, fill_opacity = opacity })
  end
  return bar(x - width / 2, y, width, height * 0.012, random:between(0.1, 0.22))
    .. bar(x - width / 5, y + height * 0.022, width * 0.55, height * 0.01,
      random:between(0.08, 0.18))
end

local function star(world)
  local random = world.random
  return svg.circle(random:between(0, world.width * 1.1), random:between(0, world.horizon),
    random:between(0.8, 2.3), "#ffffff", random:between(0.25, 0.95))
end

local function repeated(draw, count)
  return function(world)
    local parts = {}
    for index = 1, count do parts[index] = draw(world) end
    return table.concat(parts)
  end
end

sky.clouds = repeated(cloud, 7)
sky.stars = repeated(star, 150)

function sky.curtain(world)
  local parts = {}
  for x = -60, world.width * 1.2, 64 do
    parts[#parts + 1] = svg.rect(x, -400, 30, world.height * 2, "#000000", { fill_opacity = 0.05 })
  end
  return table.concat(parts)
end

--- The three colours of the sky, from top to horizon.
function sky.gradient(world)
  local colours = world.palette
  return svg.linear_gradient("sky", {
    { 0, colours.high }, { 0.55, colours.sky }, { 1, colours.low },
  }, 0.72) .. svg.rect(-500, -500, world.width * 2 + 1000, world.height + 1000, "url(#sky)")
end

--- The light around the disc.
function sky.glow(world, x, y)
  local light = world.palette.disc
  return svg.radial_gradient("glow", { { 0, light, 0.6 }, { 0.45, light, 0.2 }, { 1, light, 0 } })
    .. svg.circle(x, y, world.disc.radius * 3, "url(#glow)")
end

return sky
