-- The names under /files/: from a URL to a path on disk and back. Names are checked, not cleaned:
-- what does not look like one of ours is not there.
local lfs = require "lfs"
local url = require "reel.core.url"

---@class reel.service.Files
---@field origin string   "http://host:port" of this service.
local Files = {}
local files_mt = { __name = "reel.service.Files", __index = Files }

local files = {}

-- The type follows the name, as at the vendor; so names must fit their content.
local TYPES <const> = {
  mp4 = "video/mp4", jpg = "image/jpeg", jpeg = "image/jpeg", png = "image/png",
  webp = "image/webp", txt = "text/plain", json = "application/json",
}

---@param name string
---@return string
function files.content_type(name)
  local extension = name:match("%.(%w+)$")
  return extension and TYPES[extension:lower()] or "application/octet-stream"
end

---@param segment string
---@return boolean
function files.is_name(segment)
  return #segment <= 200 and segment:find("^[%w_-][%w_.-]*$") ~= nil
end

local function is_clean(name)
  if name == "" or name:sub(-1) == "/" then return false end
  for segment in (name .. "/"):gmatch("(.-)/") do
    if not files.is_name(segment) then return false end
  end
  return true
end

---Where a name is, or would be, kept.
---@param name string
---@return string
function Files:path(name)
  return self._folder .. "/" .. name
end

---@param name string
---@return string
function Files:url(name)
  return self.origin .. "/files/" .. name
end

---The path of an existing file.
---@param name string
---@return string?
function Files:find(name)
  if not is_clean(name) then return nil end
  local path = self:path(name)
  return lfs.attributes(path, "mode") == "file" and path or nil
end

---The name that a URL of this service means. After a restart scripts still hold URLs with the port
---of an earlier start, so another port counts where the file is here.
---@param link string
---@return string? name   Nil for the URL of another service.
function Files:name_of(link)
  local parts = url.parse(link)
  if not parts or parts.scheme ~= "http" or parts.user or parts.query or parts.fragment then
    return nil
  end
  if parts.host ~= self._host and parts.host ~= "localhost" then return nil end
  local name = parts.path:match("^/files/(.+)$")
  if name and (parts.port == self._port or self:find(name)) then return name end
end

---@param folder string
---@param host string
---@param port integer
---@return reel.service.Files
function files.new(folder, host, port)
  return setmetatable({
    origin = ("http://%s:%d"):format(host, port),
    _folder = folder, _host = host, _port = tostring(port),
  }, files_mt)
end

return files
