-- Plans the clips of the local service: makes of an input a plan, which is files to write and one
-- ffmpeg command. The same input gives the same plan; nothing is read, written or run here.

local clip = require "reel.render.clip"
local image = require "reel.render.image"
local picture = require "reel.render.picture"
local probe = require "reel.render.probe"
local remover = require "reel.render.remover"
local character_sheet = require "reel.render.character_sheet"

local render = {}

---@class reel.render.ClipOptions
---@field prompt string             any bytes; cleaned before anything is drawn
---@field width integer             px, even
---@field height integer            px, even; portrait if it is more than the width
---@field duration integer          seconds
---@field folder string             where the files go and the command runs
---@field marked? boolean           draws the PREVIEW mark that remove_mark takes out; default false
---@field handles? string[]         characters named under the captions, with or without @
---@field images? table[]           { path, format }: for from_images, one or more, validated
---@field abilities? reel.render.Abilities   default: all

--- A drawn clip. Suggested size: 1280x720 or 720x1280; 10 s of it take 1.7 s of one core.
---@param options reel.render.ClipOptions
---@return reel.render.Plan
render.clip = clip.plan

--- A clip that moves over pictures. Suggested size: 960x540 or 540x960, which costs the same.
---@param options reel.render.ClipOptions
---@return reel.render.Plan
render.from_images = picture.plan

--- The same clip without its mark. options: source, width, height, folder
---@return reel.render.Plan
render.remove_mark = remover.plan

--- A JPEG of 1280x720 about a character. options: source (a clip of ours), handle, traits, safety,
--- folder, portrait_frame (number of the key frame, of which there is one each 2 s; default 3; use
--- 0 for clips from images), abilities (without SVG or libass the JPEG is a frame of the clip)
---@return reel.render.Plan
render.character_sheet = character_sheet.plan

--- A JPEG of one frame, at most 640 px wide. options: source, folder, at (seconds, default 3; use 1
--- for clips from images, where 3 may be inside a fade)
---@return reel.render.Plan
render.poster = character_sheet.poster

--- The format of a picture by its first 12 bytes, or nil.
---@param prefix string
---@return "jpeg"|"png"|"webp"|nil
render.check_image = image.format_of

--- A command that exits with 0 only when the whole picture can be decoded. picture: path, format
---@return string[] argv
render.validate_image = image.validate

--- What an ffmpeg can do, from its lists of encoders, decoders and filters.
---@return reel.render.Abilities
render.probe = probe.read

return render
