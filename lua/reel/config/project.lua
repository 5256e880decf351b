-- Finds the project that a folder belongs to. The search goes upward, but not into what somebody
-- else may have put there: it ends at the home folder, at the border of a file system, and where a
-- .reel or a settings file belongs to another user.
local Error = require "reel.base.error"
local lfs = require "lfs"
local owned = require "reel.core.owned"

local project = {}

--- The name of a project's settings file.
project.FILE_NAME = "reel.conf.lua"

--- The absolute path of a folder, without "." and "..", since find goes upward by taking names off
--- its end.
---@param path string
---@return string
function project.absolute(path)
  local here = lfs.currentdir()
  if not here then
    Error.raise { kind = "config",
      message = "the current folder no longer exists: change to another folder" }
  end
  local full, parts = path:find("^/") and path or here .. "/" .. path, {}
  for part in full:gmatch("[^/]+") do
    if part == ".." then
      table.remove(parts)
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

-- The advice must not lead to an empty .reel, since reel would pay for all calls again.
local function fault_of_link(path)
  return ("%s is a symbolic link, but reel keeps its files in a folder of the project itself; move "
    .. "the folder that the link leads to here, in place of the link"):format(path)
end

local function fault_of_owner(path, facts)
  return ("%s belongs to another user (uid %d), so reel neither reads nor writes there; if it is "
    .. "yours, run: sudo chown -R $(id -u) %s (as root, run reel as that user instead)"):format(
      path, facts.owner, path)
end

local function is_foreign(path)
  local facts = owned.look(path)
  return facts ~= nil and facts.fault == "foreign"
end

local function device_of(folder)
  return lfs.attributes(folder, "dev")
end

local function is_same(folder, other)
  local inode = lfs.attributes(folder, "ino")
  return inode ~= nil and inode == lfs.attributes(other, "ino")
    and device_of(folder) == device_of(other)
end

--- The absolute path of the nearest folder that holds `.reel`: `folder` or one above it. If there
--- is none, the absolute path of `folder`.
---@param folder string
---@param env? fun(name: string): string?   default os.getenv
---@return string folder
---@return string? fault     why the .reel that was found must not be used
---@return string? ignored   a sentence about another user's .reel above, which does not count
function project.find(folder, env)
  local start, home = project.absolute(folder), (env or os.getenv)("HOME")
  local candidate, device = start, nil
  while candidate ~= "" do
    device = device or device_of(candidate)
    if device_of(candidate) ~= device then break end
    local path = candidate .. "/.reel"
    local facts = owned.look(path)
    if facts and facts.kind == "link" then return start, fault_of_link(path) end
    if facts and facts.fault == "foreign" then
      local sentence = fault_of_owner(path, facts)
      if candidate == start then return start, sentence end
      return start, nil, sentence
    end
    if facts and facts.kind == "folder" then return candidate end
    local is_border = is_foreign(candidate .. "/" .. project.FILE_NAME)
      or home ~= nil and is_same(candidate, home)
    if is_border then break end
    candidate = candidate:match("^(.*)/[^/]*$")
  end
  return start
end

return project
