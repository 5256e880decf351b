-- Makes a picture of each clip as a data: URI, which the page can hold. ffmpeg makes it once for
-- clips of the same content; it is kept beside the clips.
local Error = require "reel.base.error"
local defer = require "reel.base.defer"
local digest = require "reel.core.digest"
local files = require "reel.core.files"
local semaphore = require "reel.jobs.semaphore"
local job = require "reel.core.job"
local process = require "reel.core.process"
local render = require "reel.render"
local temporary_folder = require "reel.base.temporary_folder"

local posters = {}

local MAX_RUNNING <const> = 2
local NICE <const> = 10
local MAX_BYTES <const> = 512 * 1024
local JPEG <const> = "image/jpeg"

-- The second of the clip that the picture shows. After 3 s the title is over, but a clip from
-- images may be in a fade. A shorter clip is shown by its first frame.
local AT <const>, AT_FROM_IMAGES <const> = 3, 1

-- Formats that a page can show without conversion.
local picture_types = {
  jpg = JPEG, png = "image/png", webp = "image/webp", gif = "image/gif", avif = "image/avif",
}
local video_types = { mp4 = true, mov = true, webm = true }

---@param extension string   of the file's name, in lower case
---@return "video"|"picture"|nil
function posters.kind_of(extension)
  return video_types[extension] and "video" or picture_types[extension] and "picture" or nil
end

local function render_at(source, work, seconds)
  local plan = render.poster { source = source, folder = work:path(), at = seconds }
  local result, word = process.run {
    argv = plan.argv, cwd = plan.cwd, timeout = plan.timeout, nice = NICE, confined = true,
  }
  local name = plan.output .. ".part"
  local made = result and result.code == 0 and (work:attributes(name) or {}).size or 0
  return made > 0 and work:path(name) or nil, word
end

-- Makes the poster of a file in the cache. Without a poster: nil, and the word of process.run if
-- ffmpeg did not run to its end.
local function make_poster(file, cache, name)
  local work, remove = temporary_folder.new()
  if not work then Error.raise({ kind = "config", message = remove }) end
  local _ <close> = defer(remove)
  local at = file.kind == "picture" and 0 or file.is_from_images and AT_FROM_IMAGES or AT
  local made, word = render_at(file.path, work, at)
  if not made and at > 0 and not word then made, word = render_at(file.path, work, 0) end
  if not made then return nil, word end
  return files.copy(made, name, cache) and name or nil
end

-- The name of a file's poster in the cache; the poster is made if necessary. The hash is from the
-- journal, so it may be any text.
local function obtain_poster(file, cache)
  if not file.sha256:find("^%x+$") or #file.sha256 ~= 64 then return nil end
  local name = file.sha256 .. ".jpg"
  local attributes = cache:attributes(name)
  if attributes and attributes.mode == "file" and attributes.size > 0 then return name end
  return make_poster(file, cache, name)
end

local function data_uri(content, mime_type)
  return content and ("data:%s;base64,%s"):format(mime_type, digest.base64(content))
end

local function read_poster(cache, name)
  local content, is_whole = cache:read(name, MAX_BYTES)
  return is_whole == true and content or nil
end

-- Files of the same content share their poster.
local function add_poster(group, cache)
  local file, poster = group[1], nil
  local name, word = obtain_poster(file, cache)
  if name then
    poster = data_uri(read_poster(cache, name), JPEG)
  elseif file.kind == "picture" then
    poster = data_uri(files.read(file.path, MAX_BYTES), picture_types[file.extension])
  end
  for _, each in ipairs(group) do each.poster = poster end
  return word
end

local function by_content(list)
  local groups, found = {}, {}
  for _, file in ipairs(list) do
    local group = found[file.sha256]
    if not group then
      group = {}
      found[file.sha256], groups[#groups + 1] = group, group
    end
    group[#group + 1] = file
  end
  return groups
end

--- Sets `poster` in each file of which a picture can be made.
---@async
---@param list { path: string, sha256: string, extension: string, kind: string,
---  is_from_images: boolean? }[]
---@param cache reel.core.Folder   where posters are kept
---@return boolean has_ffmpeg   false when the program was not found
function posters.add(list, cache)
  local slots, jobs, has_ffmpeg = semaphore.new(MAX_RUNNING), {}, true
  for i, group in ipairs(by_content(list)) do
    jobs[i] = job.spawn(slots.run, slots, add_poster, group, cache)
  end
  for _, making in ipairs(jobs) do
    making:join()
    has_ffmpeg = making:result() ~= "not_found" and has_ffmpeg
  end
  return has_ffmpeg
end

return posters
