-- Shapes that several scenes use for their layers. All of them reach below the frame, since the
-- camera moves: a strip must go on under the lowest gap of the strip in front of it.

local colour = require "reel.render.colour"
local svg = require "reel.render.svg"

local shape = {}

local MARGIN = 60
local STEP = 14

--- Three sine waves on top of each other: { share of the height, times the frequency }.
local OCTAVES = { { 0.6, 1 }, { 0.3, 2.3 }, { 0.1, 5.1 } }

local function octaves_of(random, height, waves)
  local list = {}
  for index, octave in ipairs(OCTAVES) do
    list[index] = {
      amplitude = height * octave[1],
      frequency = waves * octave[2] * random:between(0.85, 1.15) * 2 * math.pi,
      phase = random:between(0, 2 * math.pi),
    }
  end
  return list
end

--- Points { x, y } of a hilly outline, left to right.
local function outline(world, y, height, waves)
  local octaves = octaves_of(world.random, height, waves)
  local points = {}
  for x = -MARGIN, world.strip + MARGIN, STEP do
    local lift = 0
    for _, octave in ipairs(octaves) do
      lift = lift + octave.amplitude * math.sin(octave.phase + x / world.strip * octave.frequency)
    end
    points[#points + 1] = { x, y - lift }
  end
  return points
end

local function path_of(points)
  local parts = {}
  for index, point in ipairs(points) do
    parts[index] = ("%s%.0f %.1f"):format(index == 1 and "M" or "L", point[1], point[2])
  end
  return table.concat(parts)
end

--- Closes an outline far below the frame.
function shape.closed(world, path)
  return ("%sV%.0fH%dZ"):format(path, world.height * 2, -MARGIN)
end

--- A range of hills with a soft shadow above its edge and a thin light on it.
--- options: y, height, waves, fill, light (colour at the top)
---@return string body
---@return table points   of its outline, on which firs can stand
function shape.ridge(world, options)
  local points = outline(world, options.y, options.height, options.waves)
  local path = path_of(points)
  local id = ("ridge%d"):format(world:next_id())
  local light = options.light or colour.mix(options.fill, "#ffffff", 0.1)
  return table.concat {
    svg.linear_gradient(id, { { 0, light }, { 1, options.fill } }),
    svg.line(path, "#000000", 26, 0.05),
    svg.line(path, "#000000", 14, 0.06),
    svg.shape(shape.closed(world, path), ("url(#%s)"):format(id)),
    svg.line(path, "#ffffff", 2.5, 0.16),
  }, points
end

--- Three stacked triangles and a trunk.
local function fir(x, y, height, width)
  local parts = {}
  for tier = 0, 2 do
    local base, half = y - height * (0.12 + 0.27 * tier), width * (1 - 0.26 * tier)
    parts[#parts + 1] = ("M%.0f %.0fL%.0f %.0fL%.0f %.0fZ"):format(
      x - half, base, x, base - height * 0.46, x + half, base)
  end
  parts[#parts + 1] = ("M%.0f %.0fh%.0fv%.0fh-%.0fZ"):format(
    x - width * 0.1, y - height * 0.14, width * 0.2, height * 0.2, width * 0.2)
  return table.concat(parts)
end

--- Firs along `points`. options: share (of the points that get one), low, high (heights), fill
function shape.firs(world, points, options)
  local random, parts = world.random, {}
  for _, point in ipairs(points) do
    if random:float() < options.share then
      local height = random:between(options.low, options.high)
      local width = height * random:between(0.28, 0.36)
      parts[#parts + 1] = fir(point[1] + random:between(-6, 6), point[2] + 8, height, width)
    end
  end
  return svg.shape(table.concat(parts), options.fill)
end

local function windows_of(random, x, y, width, bottom, share)
  local parts = {}
  for row = y + 22, bottom, 30 do
    for column = x + 14, x + width - 20, 24 do
      if random:float() < share then
        parts[#parts + 1] = ("M%.0f %.0fh10v14h-10Z"):format(column, row)
      end
    end
  end
  return table.concat(parts)
end

--- Houses side by side. options: y, narrow, wide, low, high, fill, lit (colour), share (of windows)
function shape.skyline(world, options)
  local random, houses, windows = world.random, {}, {}
  local x = -MARGIN
  while x < world.strip + MARGIN do
    local width = random:between(options.narrow, options.wide)
    local top = options.y - random:between(options.low, options.high)
    houses[#houses + 1] = ("M%.0f %.0fh%.0fV%.0fh-%.0fZ"):format(
      x, top, width, world.height * 2, width)
    if random:float() < 0.3 then
      houses[#houses + 1] = ("M%.0f %.0fh6v-%.0fh-6Z"):format(
        x + width / 2, top, random:between(20, 60))
    end
    if options.lit then
      local bottom = options.y + world.height * 0.3
      windows[#windows + 1] = windows_of(random, x, top, width, bottom, options.share)
    end
    x = x + width + (random:float() < 0.25 and random:between(6, 24) or 0)
  end
  local lights = options.lit
    and svg.shape(table.concat(windows), options.lit, { fill_opacity = 0.8 }) or ""
  return svg.shape(table.concat(houses), options.fill) .. lights
end

--- A band of water with a scalloped edge. options: y, length, height, fill
function shape.waves(world, options)
  local parts = { ("M%d %.0f"):format(-MARGIN, options.y) }
  for _ = -MARGIN, world.strip + MARGIN, options.length do
    parts[#parts + 1] = ("q%.0f %.0f %.0f 0"):format(
      options.length / 2, -options.height * world.random:between(0.8, 1.2), options.length)
  end
  local path = table.concat(parts)
  return svg.shape(shape.closed(world, path), options.fill) .. svg.line(path, "#ffffff", 3, 0.22)
end

--- Level ground with a light edge.
function shape.ground(world, y, fill)
  local width = world.strip + 2 * MARGIN
  return svg.rect(-MARGIN, y, width, world.height, fill)
    .. svg.rect(-MARGIN, y, width, 6, "#ffffff", { fill_opacity = 0.18 })
end

return shape
