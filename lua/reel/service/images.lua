-- Gets the pictures of an image-to-video task: uploads of this service from disk, others by
-- download.
local http = require "reel.core.http"
local process = require "reel.core.process"

local images = {}

local MAX_BYTES <const> = 10 * 1024 * 1024 -- Source: API document, image_urls "Max File Size".
local HEAD_BYTES <const> = 64
local DOWNLOAD_TIMEOUT_S <const> = 30
local CHECK_TIMEOUT_S <const> = 10

local function download(url, path, context)
  local answer, _, message = http.download {
    url = url, path = path, max_bytes = MAX_BYTES, timeout = DOWNLOAD_TIMEOUT_S,
    public_only = not context.allow_private,
  }
  if not answer then return nil, message end
  if answer.status ~= 200 then return nil, "HTTP status " .. answer.status end
  return path
end

local function locate(url, path, context)
  local name = context.files:name_of(url)
  if not name then return download(url, path, context) end
  local found = context.files:find(name)
  if not found then return nil, "this service has no such file" end
  return found
end

local function read_head(path)
  local file <close> = io.open(path, "rb")
  return file and file:read(HEAD_BYTES) or ""
end

local function check(path, renderer)
  local format = renderer.check_image(read_head(path))
  if not format then return nil, "it is no JPEG, PNG or WebP image" end
  local argv = renderer.validate_image { path = path, format = format }
  local result, _, message = process.run { argv = argv, timeout = CHECK_TIMEOUT_S, confined = true }
  if not result then return nil, message end
  if result.code ~= 0 then return nil, "the image is damaged or too large" end
  return { path = path, format = format }
end

---Gets and checks every picture. Pictures of other hosts are downloaded into the folder.
---@async
---@param urls string[]
---@param folder string
---@param context reel.service.Context
---@return { path: string, format: string }[]?
---@return string? message   Which picture is wrong, and why.
function images.fetch(urls, folder, context)
  local found = {}
  for i, url in ipairs(urls) do
    local image
    local path, message = locate(url, ("%s/input%d.bin"):format(folder, i), context)
    if path then image, message = check(path, context.renderer) end
    if not image then return nil, ("image_urls[%d]: %s (%s)"):format(i, message, url) end
    found[i] = image
  end
  return found
end

return images
