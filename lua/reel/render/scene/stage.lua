-- A blackboard, a presenter in a beam of light, and an audience.

local colour = require "reel.render.colour"
local figure = require "reel.render.scene.figure"
local shape = require "reel.render.scene.shape"
local svg = require "reel.render.svg"

local stage = {
  tops = { -0.45, -0.62, 0.2 },
  bottoms = { 0.5, 0.5 },
  has_disc = false,
}

local function board_box(world)
  local w, h, y = world.width, world.height, world.horizon
  if world.portrait then return w * 0.14, y - h * 0.34, w * 0.9, h * 0.26 end
  return w * 0.3, y - h * 0.42, w * 0.66, h * 0.4
end

local function zigzag(random, x, y, width, height)
  local step = width * 0.04
  return ("M%.0f %.0fl%.0f -%.0fl%.0f %.0fl%.0f -%.0f"):format(
    x - width * 0.06, y + height * 0.08,
    step, height * random:between(0.1, 0.25),
    step, height * random:between(0.05, 0.18),
    step, height * random:between(0.1, 0.3))
end

--- Chalk drawings on the board: zigzags and circles alternate.
local function chalk(world, left, top, width, height)
  local random, parts = world.random, {}
  for index = 1, 5 do
    local x, y = left + width * (0.1 + 0.16 * index), top + height * random:between(0.25, 0.7)
    parts[index] = index % 2 == 0
      and svg.tag("circle", { cx = x, cy = y, r = height * random:between(0.07, 0.13) })
      or svg.tag("path", { d = zigzag(random, x, y, width, height) })
  end
  return svg.tag("g", {
    fill = "none", stroke = colour.mix(world.palette.accent, "#ffffff", 0.35), stroke_width = 5,
    stroke_linecap = "round", stroke_opacity = 0.85,
  }, table.concat(parts))
end

local function board(world, x, y, width, height)
  local colours = world.palette
  return svg.rect(x - 14, y - 14, width + 28, height + 28, colours.close, { rx = 10 })
    .. svg.rect(x, y, width, height, colour.mix(colours.ground, colours.middle, 0.25), { rx = 6 })
    .. chalk(world, x, y, width, height)
end

local function spotlight(world, x)
  local light, h = world.palette.disc, world.height
  local foot = world.horizon + h * 0.13
  local beam = ("M%.0f %.0fL%.0f %.0fH%.0fZ"):format(
    x - 20, world.horizon - h * 0.62, x - h * 0.2, foot, x + h * 0.2)
  return svg.shape(beam, light, { fill_opacity = 0.13 })
    .. svg.tag("ellipse", {
      cx = x, cy = foot, rx = h * 0.2, ry = h * 0.028, fill = light, fill_opacity = 0.42,
    })
end

function stage.draw(world)
  local colours, h, y = world.palette, world.height, world.horizon
  local left, top, width, height = board_box(world)
  local speaker = left + width * 0.3
  local far = board(world, left, top, width, height)
    .. shape.ground(world, y + h * 0.06, colours.far)
  local middle = spotlight(world, speaker)
    .. figure.presenter(world, speaker, y + h * 0.135, h * 0.27)
    .. figure.audience(world, {
      y = y + h * 0.24, radius = h * 0.036, gap = h * 0.135,
      fill = colour.mix(colours.close, colours.ground, 0.25),
    })
  local near = figure.audience(world, {
    y = y + h * 0.32, radius = h * 0.055, gap = h * 0.2, fill = colours.ground,
  })
  return far, middle, near
end

return stage
