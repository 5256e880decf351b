-- The moving picture of a drawn clip. Each shot lays a sky, a disc and three strips over each other
-- and moves them by whole pixels, the near ones faster. This gives parallax without resampling.

local filter = require "reel.render.filter"
local layout = require "reel.render.layout"
local scene = require "reel.render.scene"
local sky = require "reel.render.scene.sky"
local svg = require "reel.render.svg"

local drawn = {}

-- Each shot sees the same scene through another window.
local CAMERAS = {
  { label = "WIDE", zoom = 1, move = "right" },
  { label = "MEDIUM", zoom = 1.42, move = "left" },
  { label = "CLOSE", zoom = 1.9, move = "up" },
  { label = "WIDE", zoom = 1.12, move = "left" },
  { label = "MEDIUM", zoom = 1.6, move = "right" },
}

-- Speed of the far, middle and near strip as a share of the camera's.
local SPEEDS = { 0.25, 0.5, 1 }

-- Half the side of the disc's picture, in radii: more than 1, so that the edge is not cut off.
local DISC_REACH = 1.04

local Shot = {}
Shot.__index = Shot

--- How many whole pixels the near strip moves in each frame: 2 when the frame has 720 lines.
local function camera_speed(page)
  return math.max(1, math.floor(2 * page.height / (page.portrait and 1280 or 720) + 0.5))
end

--- The camera's window in world units, with the horizon kept inside.
local function window_of(world, page, camera, index)
  local scale = page.height / world.height * camera.zoom
  local width, height = page.width / scale, page.height / scale
  local x = index == 1 and 0
    or not world.has_disc and world.width * 0.12
    or world.random:between(0.05, 0.5) * world.width
  local y = math.max(0, math.min(world.height - height, world.horizon - height * 0.6))
  return { x = x, y = camera.zoom == 1 and 0 or y, width = width, height = height, scale = scale }
end

--- The disc in pixels: its top left corner and half its size. The disc is far away, so the window
--- hardly moves it.
local function disc_of(world, page, window, index)
  local half = layout.even(world.disc.radius * window.scale * DISC_REACH)
  local x = (world.disc.x - window.x * 0.08) * window.scale - half
  if index > 1 then x = page.width * world.random:between(0.35, 0.65) - half end
  local y = (world.disc.y - window.y * 0.95) * window.scale
  return { x = math.floor(x), y = math.floor(y) - half, half = half }
end

--- Adds an input of the plan for a layer of this shot.
function Shot:layer(name, width, height, view, body)
  return self.plan:layer(("s%d_%s.svg"):format(self.index, name), width, height, view, body)
end

--- Lays an input over the layers so far.
function Shot:lay(input, name, x, y)
  local label = ("s%d_%s"):format(self.index, name)
  self.plan:chain("[%d:v]%s,format=yuva420p,%s[%s_in]", input, filter.STILL,
    filter.hold(self.frames), label)
  self.plan:chain("[%s][%s_in]overlay=x='%s':y='%s'[%s]", self.top, label, x, y, label)
  self.top = label
end

--- Adds the bottom layer, with the disc's glow. Grain hides the banding of the sky. It is added
--- before the frame is repeated, so all frames have the same grain, which costs no bits.
function Shot:lay_sky()
  local window, disc, page, world = self.window, self.disc, self.page, self.world
  local left, top, body = window.x * 0.05, window.y * 0.9, world.sky
  if world.has_disc then
    body = body .. sky.glow(world, (disc.x + disc.half) / window.scale + left,
      (disc.y + disc.half) / window.scale + top)
  end
  local view = { left, top, window.width, window.height }
  local input = self:layer("sky", page.width, page.height, view, body)
  self.top = ("s%d_sky"):format(self.index)
  self.plan:chain("[%d:v]%s,format=yuv420p,noise=c0s=5:c0_seed=%d,%s[%s]", input, filter.STILL,
    page.seed % 100000, filter.hold(self.frames), self.top)
end

function Shot:lay_disc()
  if not self.world.has_disc then return end
  local disc, size = self.disc, 2 * DISC_REACH
  local input = self:layer("disc", disc.half * 2, disc.half * 2,
    { -DISC_REACH, -DISC_REACH, size, size }, svg.circle(0, 0, 1, self.world.palette.disc))
  self:lay(input, "disc", disc.x, ("%d-floor(n/3)"):format(disc.y))
end

--- How far a strip travels in this shot: pixels across and pixels up.
function Shot:travel(speed)
  local distance = speed * self.frames
  if self.camera.move == "up" then return 0, math.floor(distance / 2) end
  return distance, 0
end

--- The part of a strip that this shot can see, in pixels: its top in the frame, width and height.
function Shot:area(strip, speed)
  local window, page = self.window, self.page
  local function pixel(y) return (y - window.y) * window.scale end
  local top = math.floor(math.max(0, pixel(strip.top)))
  local bottom = strip.bottom and math.ceil(pixel(strip.bottom)) + 2 or page.height
  local travel_x, travel_y = self:travel(speed)
  top = top - top % 2
  local height = math.max(2, math.min(page.height, bottom) - top + travel_y + 4)
  return top, layout.even(page.width + travel_x + 4), layout.even(height)
end

--- Expressions for x and y of a strip at frame n.
function Shot:place(top, width, speed)
  local move = self.camera.move
  if move == "up" then return "0", ("%d-floor(%g*n)"):format(top, speed / 2) end
  if move == "right" then return ("-floor(%g*n)"):format(speed), tostring(top) end
  return ("-(%d-floor(%g*n))"):format(width - self.page.width - 2, speed), tostring(top)
end

--- An addition to y of a strip: after the title card the strips rise into the frame one by one.
function Shot:rise(index)
  if self.index > 1 then return "" end
  local world, page = self.world, self.page
  local distance = page.height - (world.horizon - world.height * 0.1) * page.height / world.height
  return ("+floor(%d*pow(clip(1-(t-%.2f)/1.1,0,1),3))"):format(
    math.floor(distance), page.title_seconds * 0.72 + (index - 1) * 0.1)
end

function Shot:lay_strip(index)
  local strip, window = self.world.strips[index], self.window
  local speed = camera_speed(self.page) * SPEEDS[index]
  local top, width, height = self:area(strip, speed)
  local view = {
    window.x * (0.6 + 0.2 * index), window.y + top / window.scale,
    width / window.scale, height / window.scale,
  }
  local name = "strip" .. index
  local x, y = self:place(top, width, speed)
  self:lay(self:layer(name, width, height, view, strip.body), name, x, y .. self:rise(index))
end

local function add_shot(plan, world, page, index, frames)
  local camera = drawn.camera(index)
  local window = window_of(world, page, camera, index)
  local shot = setmetatable({
    plan = plan, world = world, page = page, index = index, frames = frames,
    camera = camera, window = window, disc = disc_of(world, page, window, index),
  }, Shot)
  shot:lay_sky()
  shot:lay_disc()
  for strip = 1, #world.strips do shot:lay_strip(strip) end
  return shot.top
end

--- The camera of a shot; `label` is its name.
---@param index integer
function drawn.camera(index)
  return CAMERAS[(index - 1) % #CAMERAS + 1]
end

--- Adds the filter chains of all shots; the resulting picture is [cut].
--- page: width, height, portrait, seed, random, kind, palette, mirrored, title_seconds, shots
function drawn.add(plan, page)
  local world = scene.draw(page)
  local labels = {}
  for index, shot in ipairs(page.shots) do
    labels[index] = ("[%s]"):format(add_shot(plan, world, page, index, shot.frames))
  end
  plan:chain("%sconcat=n=%d:v=1[cut]", table.concat(labels), #labels)
end

return drawn
