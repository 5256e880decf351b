-- Picks a scene and a palette by the words of the prompt, or by its hash when no word decides, and
-- draws the layers: sky, disc, and three strips that move at different speeds.

local palette = require "reel.render.palette"
local sky = require "reel.render.scene.sky"

local scene = {}

local SCENES = {
  city = require "reel.render.scene.city",
  forest = require "reel.render.scene.forest",
  orbit = require "reel.render.scene.orbit",
  ridges = require "reel.render.scene.ridges",
  sea = require "reel.render.scene.sea",
  stage = require "reel.render.scene.stage",
}

-- The first rule with a word of the prompt wins; a plural counts as its word.
local SCENE_WORDS = {
  { "stage", "professor teacher classroom class lecture lecturer student orchestra conductor "
    .. "concert stage choir singer audience theatre theater speech dancer presenter" },
  { "orbit", "space planet orbit galaxy rocket astronaut star moon cosmic spaceship comet mars" },
  { "city", "city street skyscraper neon traffic alley rooftop tokyo york town cyberpunk car taxi "
    .. "building downtown robot" },
  { "sea", "sea ocean boat ship harbor harbour wave island lighthouse fisherman beach whale sail "
    .. "river lake dolphin" },
  { "forest", "forest tree wood woods jungle fox owl deer bear pine wolf ranger" },
  { "ridges", "mountain hill valley desert canyon dune" },
}

local PALETTE_WORDS = {
  { "night", "night midnight dark moon star space starry" },
  { "neon", "neon cyberpunk rain synth disco club hologram" },
  { "frost", "snow winter ice frozen arctic frost" },
  { "desert", "desert sand dune canyon mars" },
  { "clay", "clay claymation kitchen bakery warm orchestra" },
  { "dawn", "dawn sunrise sunset dusk morning" },
}

local ANY_SCENE = { "ridges", "sea", "ridges", "forest", "orbit", "city" }
local NATURAL_PALETTES = { sea = { "harbour" }, forest = { "moss", "dawn" } }

-- Handles are left out: they name a person and say nothing about the place.
local function words_of(prompt)
  local words = {}
  for word in prompt:lower():gsub("@%S+", " "):gmatch("%a+") do words[word] = true end
  return words
end

local function first_match(rules, words)
  for _, rule in ipairs(rules) do
    for word in rule[2]:gmatch("%a+") do
      if words[word] or words[word .. "s"] or words[word .. "es"] then return rule[1] end
    end
  end
  return nil
end

--- The names of the scene and of the palette for a prompt.
---@param prompt string
---@param random table   a sequence of prng.new
---@return string kind
---@return string colours
function scene.choose(prompt, random)
  local words = words_of(prompt)
  local kind = first_match(SCENE_WORDS, words) or random:pick(ANY_SCENE)
  local colours = first_match(PALETTE_WORDS, words)
    or random:pick(NATURAL_PALETTES[kind] or palette.names())
  return kind, colours
end

local World = {}
World.__index = World

--- Ids of gradients are counted, so that no two in a file are the same.
function World:next_id()
  self.last_id = self.last_id + 1
  return self.last_id
end

local function place_disc(world, mirrored)
  local random, portrait = world.random, world.portrait
  local x = random:between(0.66, 0.78)
  local rise = portrait and random:between(0.08, 0.14) or random:between(0.16, 0.24)
  return {
    x = world.width * (mirrored and 1 - x or x),
    y = world.horizon - world.height * rise,
    radius = world.height * (portrait and 0.078 or 0.135),
  }
end

--- The world is 900 units high (1600 in portrait), whatever the size of the frame.
local function new_world(options)
  local portrait = options.height > options.width
  local height = portrait and 1600 or 900
  local width = options.width * height / options.height
  local world = setmetatable({
    portrait = portrait, height = height, width = width,
    strip = width * 2.4,
    horizon = height * (portrait and 0.56 or 0.58),
    random = options.random, palette = options.palette,
    last_id = 0,
  }, World)
  world.disc = place_disc(world, options.mirrored)
  return world
end

local function sky_of(kind, colours)
  if kind == "stage" then return sky.curtain end
  local is_dark = colours == "night" or colours == "neon" or kind == "orbit"
  return is_dark and sky.stars or sky.clouds
end

--- Draws a scene. options: kind, palette (colours), random, width, height, mirrored (disc on the
--- left). The result has the geometry of the world, and SVG bodies: `sky` and three `strips`. Only
--- what lies between `top` and `bottom` of a strip is visible; without a bottom, the strip goes on
--- to the bottom of the frame.
function scene.draw(options)
  local kind = SCENES[options.kind]
  local world = new_world(options)
  local paint = sky_of(options.kind, options.palette.name)
  world.sky = sky.gradient(world) .. paint(world)
  world.has_disc = kind.has_disc ~= false
  world.strips = {}
  for index, body in ipairs { kind.draw(world) } do
    world.strips[index] = {
      body = body,
      top = world.horizon + kind.tops[index] * world.height,
      bottom = kind.bottoms[index] and world.horizon + kind.bottoms[index] * world.height,
    }
  end
  return world
end

return scene
