-- The names of files below /files/, and how they become paths on disk and URLs. A name is checked
-- and never changed: one that the service would not have given is treated as missing.
local url = require "reel.core.url"

---@class reel.service.Files
---@field origin string   "http://host:port" of this service.
local Files = {}
local files_mt = { __name = "reel.service.Files", __index = Files }

local files = {}

local MAX_SEGMENTS <const> = 10 -- of a name

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

-- The names between the slashes of a name; nil if one of them is not allowed.
local function segments_of(name)
  local segments = {}
  for segment in (name .. "/"):gmatch("(.-)/") do
    if #segments == MAX_SEGMENTS or not files.is_name(segment) then return nil end
    segments[#segments + 1] = segment
  end
  return segments
end

-- Opens the folder of a name, step by step, so that no link is followed. `how`: "open", or "make"
-- to make what is missing.
local function open_folder(self, segments, how)
  local opened, _, message = self._folder:open()
  for i = 1, #segments - 1 do
    local parent <close> = opened
    opened, _, message = parent[how](parent, segments[i])
    if not opened then return nil, message end
  end
  return opened, message
end

---The URL of a name.
---@param name string
---@return string
function Files:url(name)
  return self.origin .. "/files/" .. name
end

---The folder for a new file, which is made if it is missing, and the file's name in it.
---@param name string
---@return reel.core.Folder?   Nil when a folder cannot be made, or is a link.
---@return string last         Of the name; or why not.
function Files:place(name)
  local segments = assert(segments_of(name))
  local opened, message = open_folder(self, segments, "make")
  if not opened then return nil, message end
  return opened, segments[#segments]
end

---The path of an existing file. A link is not a file.
---@param name string
---@return string? path
---@return integer? size
function Files:find(name)
  local segments = segments_of(name)
  local opened <close> = segments and open_folder(self, segments, "open") or nil
  local attributes = opened and opened:attributes(segments[#segments])
  if not attributes or attributes.mode ~= "file" then return nil end
  return self._folder:path() .. "/" .. name, attributes.size
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

---@param folder reel.core.Folder   Where the files are.
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
