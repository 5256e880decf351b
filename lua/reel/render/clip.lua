-- Text to video: a title card, then a few shots of a drawn scene with the prompt as captions.

local audio = require "reel.render.audio"
local drawn = require "reel.render.drawn"
local layout = require "reel.render.layout"
local lettering = require "reel.render.lettering"
local palette = require "reel.render.palette"
local plain = require "reel.render.plain"
local plans = require "reel.render.plan"
local prng = require "reel.render.prng"
local probe = require "reel.render.probe"
local scene = require "reel.render.scene"
local shots = require "reel.render.shots"
local story = require "reel.render.story"
local text = require "reel.render.text"

local clip = {}

local TITLE_SECONDS = 2
local COMMENT_CHARACTERS = 600

--- Everything that is known about a clip before it is drawn.
---@param options table           as for render.clip
---@param images integer          number of pictures, 0 for a drawn clip
function clip.page(options, images)
  local frame = layout.new(options.width, options.height)
  local count = shots.count(options.duration, images)
  local tale = story.new(options.prompt, frame, count)
  local seed = prng.hash(tale.prompt)
  local random = prng.new(seed)
  local kind, colours = scene.choose(tale.prompt, random)
  local title_seconds = images == 0 and TITLE_SECONDS or 0
  return {
    layout = frame, width = options.width, height = options.height, portrait = frame.portrait,
    story = tale, mirrored = tale.right_to_left, seed = seed, random = random,
    kind = kind, palette = palette.get(colours),
    duration = options.duration, title_seconds = title_seconds,
    shots = shots.cut {
      duration = options.duration, count = count, lead = title_seconds, random = random,
    },
    marked = options.marked == true, handles = options.handles or {},
  }
end

--- Ends a plan whose picture is [cut]: adds the text, the sound and the metadata of the file.
function clip.finish(plan, page, abilities)
  lettering.add(plan, page, abilities)
  audio.add(plan, page)
  return plan:clip {
    duration = page.duration, title = page.story.title,
    comment = "Preview, not Sora: " .. text.shorten(page.story.prompt, COMMENT_CHARACTERS),
  }
end

---@param options table   as for render.clip
---@return reel.render.Plan
function clip.plan(options)
  local abilities = options.abilities or probe.full()
  local page = clip.page(options, 0)
  for index, shot in ipairs(page.shots) do shot.label = drawn.camera(index).label end
  local plan = plans.new(options.folder)
  local backdrop = abilities.svg and drawn or plain
  backdrop.add(plan, page)
  return clip.finish(plan, page, abilities)
end

return clip
