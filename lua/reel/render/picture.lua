-- Image to video: each picture fills the frame, moves (by a push in or a drift) and fades into the
-- next one. The first frame is the unchanged picture, since players show it before they play.

local clip = require "reel.render.clip"
local filter = require "reel.render.filter"
local image = require "reel.render.image"
local plans = require "reel.render.plan"
local probe = require "reel.render.probe"
local shots = require "reel.render.shots"

local picture = {}

local FADE_SECONDS = 0.6
local ZOOM = 0.14

-- Where a picture is cropped vertically, as a share: above the middle, since heads are there.
local LEVEL = 0.42

-- A very wide or tall picture is cropped first, since scaling it to cover the frame would make it
-- huge.
local LIMIT = "crop='min(iw,ih*4)':'min(ih,iw*4)'"

-- Puts black under transparent parts.
local MATTE = "format=gbrap,premultiply=inplace=1,"

--- Scales so that `width` x `height` is covered.
local function cover(width, height)
  local ratio = ("max(%d/iw,%d/ih)"):format(width, height)
  return ("%s,scale=w='2*ceil(iw*%s/2)':h='2*ceil(ih*%s/2)':flags=bicubic+%s"
    .. ":out_range=tv:out_color_matrix=bt709,setsar=1,format=yuv420p"):format(
      LIMIT, ratio, ratio, filter.EXACT)
end

--- A push in. `perspective` is the one filter that moves by less than a pixel without shaking.
local function push(page, shot)
  local amount = ("(1-1/(1+%g*(1-cos(PI*on/%d))/2))"):format(ZOOM, shot.frames)
  local x, y = page.random:between(0.42, 0.58), page.random:between(0.36, 0.5)
  local function left(share) return ("'W*%s*%.2f'"):format(amount, share) end
  local function right(share) return ("'W-W*%s*%.2f'"):format(amount, share) end
  local function top(share) return ("'H*%s*%.2f'"):format(amount, share) end
  local function bottom(share) return ("'H-H*%s*%.2f'"):format(amount, share) end
  return table.concat({
    cover(page.width, page.height),
    ("crop=%d:%d:(iw-ow)/2:(ih-oh)*%g"):format(page.width, page.height, LEVEL),
    filter.hold(shot.frames),
    ("perspective=x0=%s:y0=%s:x1=%s:y1=%s:x2=%s:y2=%s:x3=%s:y3=%s"):format(
      left(x), top(y), right(1 - x), top(y), left(x), bottom(1 - y), right(1 - x), bottom(1 - y))
      .. ":interpolation=linear:eval=frame",
  }, ",")
end

--- An expression for the place of a window that crosses `slack` pixels. It moves by whole pixels
--- and is at the centre at half time.
local function path_through(slack, frames, step, backward)
  local speed = ("clip(floor((%s-1)/%d),%d,%d)"):format(slack, frames, step, 3 * step)
  local format = backward and "(%s+%s*%d)/2-%s*n" or "(%s-%s*%d)/2+%s*n"
  return format:format(slack, speed, frames, speed)
end

--- A drift along the side of the picture that has more to show. It needs no resampling.
local function drift(page, shot, backward)
  local step = math.max(1, math.floor(2 * page.height / (page.portrait and 1280 or 720) + 0.5))
  local scale = 1 + step * shot.frames / page.width
  local is_broad = "gte((iw-ow)*oh,(ih-oh)*ow)"
  return ("%s,%s,crop=%d:%d:x='if(%s,%s,(iw-ow)/2)':y='if(%s,(ih-oh)*%g,%s)'"):format(
    cover(math.ceil(page.width * scale), math.ceil(page.height * scale)), filter.hold(shot.frames),
    page.width, page.height,
    is_broad, path_through("(iw-ow)", shot.frames, step, backward),
    is_broad, LEVEL, path_through("(ih-oh)", shot.frames, step, backward))
end

--- Adds the inputs and names them [pic1], [pic2], … one for each shot.
local function add_pictures(plan, page, images)
  for index, source in ipairs(images) do
    local input = plan:media(image.input_options(source.format), source.path)
    local matte = image.HAS_ALPHA[source.format] and MATTE or ""
    if #images > 1 then
      plan:chain("[%d:v]%snull[pic%d]", input, matte, index)
    else
      local labels = {}
      for shot = 1, #page.shots do labels[shot] = ("[pic%d]"):format(shot) end
      plan:chain("[%d:v]%ssplit=%d%s", input, matte, #labels, table.concat(labels))
    end
  end
end

--- Lengthens each shot until the next one has faded in.
local function lengthen(page)
  for index = 1, #page.shots - 1 do
    local shot = page.shots[index]
    shot.frames = shot.frames + math.ceil(FADE_SECONDS * shots.FPS) + 1
  end
end

--- The first shot is a push in. The others are drifts, since a push costs as much as the rest of
--- its shot.
local function move_of(page, index, abilities)
  local shot = page.shots[index]
  if index == 1 and abilities.perspective then return push(page, shot), "PUSH IN" end
  return drift(page, shot, (index + page.seed) % 2 == 0), "DRIFT"
end

local function add_move(plan, page, index, abilities)
  local move, label = move_of(page, index, abilities)
  local shot = page.shots[index]
  shot.label = label
  if index == 1 then
    plan:chain("[pic1]%s,tpad=stop=-1:stop_mode=clone[move1]", move)
  else
    plan:chain("[pic%d]%s,format=yuva420p,fade=t=in:d=%g:alpha=1,setpts=PTS+%.4f/TB[move%d]",
      index, move, FADE_SECONDS, shot.start, index)
  end
end

--- Lays the moving pictures over each other; the result is [cut].
local function add_fades(plan, count)
  local below = "move1"
  for index = 2, count do
    local label = index == count and "cut" or ("fade%d"):format(index)
    plan:chain("[%s][move%d]overlay=eof_action=pass[%s]", below, index, label)
    below = label
  end
end

--- The first pictures, no more than the clip has shots.
local function fitting(images, page)
  if #images == 1 then return images end
  return table.move(images, 1, math.min(#images, #page.shots), 1, {})
end

---@param options table   as for render.from_images
---@return reel.render.Plan
function picture.plan(options)
  local abilities = options.abilities or probe.full()
  local page = clip.page(options, #options.images)
  local images = fitting(options.images, page)
  local plan = plans.new(options.folder)
  lengthen(page)
  add_pictures(plan, page, images)
  for index = 1, #page.shots do add_move(plan, page, index, abilities) end
  add_fades(plan, #page.shots)
  return clip.finish(plan, page, abilities)
end

return picture
