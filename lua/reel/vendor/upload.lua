-- Local files for the vendor: they are checked before a byte leaves, and sent to its upload host.
local Error = require "reel.base.error"
local answer = require "reel.vendor.answers"
local api = require "reel.vendor.api"
local digest = require "reel.core.digest"
local http = require "reel.core.http"
local lfs = require "lfs"
local media_type = require "reel.base.media_type"
local url = require "reel.core.url"

local upload = {}

--- Seconds that the vendor keeps an upload (its page, 2026-03).
upload.KEPT_S = 3 * 24 * 3600

local MAX_IMAGE <const> = 10 * 1024 * 1024 -- bytes (the vendor's model pages, 2026-03)
local TIMEOUT <const> = 600        -- seconds, ours: a slow line and the largest picture
local FOLDER <const> = "images/reel"

---@class reel.LocalFile
---@field path string
---@field content string     sha256 of the bytes
---@field extension string
---@field mime_type string

local function refuse(message, ...)
  return nil, Error.new({ kind = "invalid", message = message:format(...) })
end

local function is_listed(list, value)
  for _, other in ipairs(list) do
    if other == value then return true end
  end
  return false
end

--- Looks at a local file and checks it against the limits of a field.
---@async
---@param path string
---@param limits? { file_types: string[]?, max_file_bytes: integer? }
---@return reel.LocalFile? file, reel.Error? err
function upload.inspect(path, limits)
  limits = limits or {}
  local attributes = lfs.attributes(path)
  if not attributes then return refuse("there is no file %q", path) end
  if attributes.mode ~= "file" then
    return refuse("%q is a %s, not a file", path, attributes.mode)
  end
  local extension, mime_type = media_type.of(path)
  local is_image = mime_type and mime_type:find("^image/")
  local max = limits.max_file_bytes or is_image and MAX_IMAGE
  if limits.file_types and not is_listed(limits.file_types, mime_type) then
    return refuse("%q is %s; accepted are %s", path, mime_type or "of an unknown type",
      table.concat(limits.file_types, ", "))
  end
  if max and attributes.size > max then
    return refuse("%q has %d bytes, at most %d are allowed", path, attributes.size, max)
  end
  local content, _, message = digest.sha256_file(path)
  if not content then return refuse("cannot read %q: %s", path, message) end
  return {
    path = path, content = content, extension = extension or path:match("%.(%w+)$") or "bin",
    mime_type = mime_type or "application/octet-stream",
  }
end

-- What the name of an upload has of the file's content.
local function mark_of(content)
  return content:sub(1, 16)
end

-- The vendor overwrites by name and serves by its extension, so the name is of our making.
local function remote_name(file)
  return ("%s-%s.%s"):format(mark_of(file.content), digest.sha256(digest.random(16)):sub(1, 8),
    file.extension)
end

--- Whether a link is that of an upload of some content.
---@param link string
---@param content string   as in reel.LocalFile
---@return boolean
function upload.is_of(link, content)
  return link:find(mark_of(content), 1, true) ~= nil
end

--- Sends a file, whether or not the vendor has it already.
---@async
---@param file reel.LocalFile
---@return string? url, reel.Error? err
function upload.send(file)
  local name = remote_name(file)
  local response, word, message = http.upload({
    url = api.url("upload"), headers = api.headers(),
    file = file.path, field = "file", filename = name, content_type = file.mime_type,
    fields = { { "uploadPath", FOLDER }, { "fileName", name } }, timeout = TIMEOUT,
  })
  local verdict = answer.value(response, word, message)
  local link = type(verdict.value) == "table" and verdict.value.downloadUrl
  if url.is_web(link) then return link end
  verdict.message = verdict.message or "the answer to the upload holds no download URL"
  return nil, api.error(verdict)
end

return upload
