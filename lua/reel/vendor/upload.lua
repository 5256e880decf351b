-- Checks local files before anything is sent, and sends them to the vendor's upload host.
local Error = require "reel.base.error"
local answers = require "reel.vendor.answers"
local api = require "reel.vendor.api"
local digest = require "reel.core.digest"
local http = require "reel.core.http"
local lfs = require "lfs"
local media_type = require "reel.base.media_type"
local url = require "reel.core.url"

local upload = {}

--- Seconds that the vendor keeps an upload (the vendor's page, read 2026-03).
upload.KEPT_S = 3 * 24 * 3600

local MAX_IMAGE_BYTES <const> = 10 * 1024 * 1024 -- the vendor's model pages, read 2026-03
local TIMEOUT_S <const> = 600 -- our choice, enough for the largest picture on a slow line
local FOLDER <const> = "images/reel"

---@class reel.LocalFile
---@field path string
---@field content string     SHA-256 of the bytes, in hexadecimal
---@field extension string
---@field mime_type string

local function invalid_file(message, ...)
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
  if not attributes then return invalid_file("there is no file %q", path) end
  if attributes.mode ~= "file" then
    return invalid_file("%q is a %s, not a file", path, attributes.mode)
  end
  local extension, mime_type = media_type.of(path)
  local is_image = mime_type and mime_type:find("^image/")
  local max = limits.max_file_bytes or is_image and MAX_IMAGE_BYTES
  if limits.file_types and not is_listed(limits.file_types, mime_type) then
    return invalid_file("%q is %s; accepted are %s", path, mime_type or "of an unknown type",
      table.concat(limits.file_types, ", "))
  end
  if max and attributes.size > max then
    return invalid_file("%q has %d bytes, at most %d are allowed", path, attributes.size, max)
  end
  local content, _, message = digest.sha256_file(path)
  if not content then return invalid_file("cannot read %q: %s", path, message) end
  return {
    path = path, content = content, extension = extension or path:match("%.(%w+)$") or "bin",
    mime_type = mime_type or "application/octet-stream",
  }
end

-- The part of an upload's name that tells its content.
local function mark_of(content)
  return content:sub(1, 16)
end

-- reel makes the name, since an upload replaces an older one of the same name, and the vendor
-- serves the file by the extension of its name.
local function remote_name(file)
  return ("%s-%s.%s"):format(mark_of(file.content), digest.sha256(digest.random(16)):sub(1, 8),
    file.extension)
end

--- Whether a link is that of an upload with this content.
---@param link string
---@param content string   as in reel.LocalFile
---@return boolean
function upload.is_of(link, content)
  return link:find(mark_of(content), 1, true) ~= nil
end

--- Sends a file, even if the vendor has it already.
---@async
---@param file reel.LocalFile
---@return string? url, reel.Error? err
function upload.send(file)
  local name = remote_name(file)
  local response, word, message = http.upload({
    url = api.url("upload"), headers = api.headers(),
    file = file.path, field = "file", filename = name, content_type = file.mime_type,
    fields = { { "uploadPath", FOLDER }, { "fileName", name } }, timeout = TIMEOUT_S,
  })
  local verdict = answers.value(response, word, message)
  local link = type(verdict.value) == "table" and verdict.value.downloadUrl
  if url.is_web(link) then return link end
  verdict.message = verdict.message or "the answer to the upload holds no download URL"
  return nil, api.error(verdict)
end

return upload
