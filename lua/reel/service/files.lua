-- The names of files below /files/, and how they become paths on disk and URLs. A name is checked
-- and never changed: one that the service would not have given is treated as missing.
local lfs = require "lfs"
local url = require "reel.core.url"

---@class reel.service.Files
---@field origin string   "http://host:port" of this service.
local Files = {}
local files_mt = { __name = "reel.service.Files", __index = Files }

local files = {}

-- The media type depends on the name alone, as at the vendor.
local TYPES <const> = {
  mp4 = "video/mp4", jpg = "image/jpeg", jpeg = "image/jpeg", png = "image/png",
  webp = "image/webp", txt = "text/plain", json = "application/json",
}

---The media type of a file.
---@param name string
---@return string
function files.content_type(name)
  local extension = name:match("%.(%w+)$")
  return extension and TYPES[extension:lower()] or "application/octet-stream"
end

---Whether a text is allowed between two slashes of a name.
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

---The path of a name, whether or not the file exists.
---@param name string
---@return string
function Files:path(name)
  return self._folder .. "/" .. name
end

---The URL of a name.
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

---The name in a URL of this service. After a restart scripts still have URLs with the port of an
---earlier start, so a URL with another port counts if the file exists here.
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

---@param folder string   Where the files are.
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
