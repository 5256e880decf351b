-- Decides when a clip cuts to its next shot. The cuts fall on whole frames and vary with the seed,
-- so that the clips of a gallery do not all cut at the same time.

local shots = {}

shots.FPS = 24

local MIN_SECONDS = 3.2
local MIN_IMAGE_SECONDS = 2
local MAX_COUNT = 5
local JITTER = 0.065 -- how far a cut may move, as a share of a shot

--- How many shots a clip has. images: how many pictures it shows, 0 for a drawn clip.
---@param duration integer   seconds
---@param images integer
---@return integer
function shots.count(duration, images)
  if images > 1 then return math.min(images, duration // MIN_IMAGE_SECONDS) end
  return math.max(2, math.min(MAX_COUNT, math.floor(duration / MIN_SECONDS)))
end

--- Cuts `duration` into `count` shots; the first also holds the `lead` seconds of the title.
---@param options table   duration, count, lead, random
---@return table[]   start and seconds (both in seconds), frames
function shots.cut(options)
  local length = (options.duration - options.lead) / options.count
  local list, first = {}, 0
  for index = 1, options.count do
    local drift = options.random:between(-JITTER, JITTER)
    local last = math.floor((options.lead + length * (index + drift)) * shots.FPS + 0.5)
    if index == options.count then last = options.duration * shots.FPS end
    local frames = last - first
    list[index] = { start = first / shots.FPS, frames = frames, seconds = frames / shots.FPS }
    first = last
  end
  return list
end

return shots
