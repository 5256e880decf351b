-- Reads the settings files: the user's own configuration and the reel.conf.lua of a project. Such a
-- file is data in Lua's syntax, which core.data evaluates with bounds on time and memory. It may
-- hold a key, so no message quotes it.
local Error = require "reel.base.error"
local data = require "reel.core.data"
local did_you_mean = require "reel.base.did_you_mean"
local owned = require "reel.core.owned"
local settings = require "reel.config.settings"

local file = {}

local MAX_BYTES <const> = 1024 * 1024
local MAX_KEY_FILE_BYTES <const> = 4096
local LONGEST_NAME <const> = 30

local function raise_config(message, ...)
  Error.raise { kind = "config", message = message:format(...) }
end

--- Raises "config" if others decide what a file says. `what` names the file.
---@param what string
---@param path string
---@param facts reel.core.Facts
function file.check_owner(what, path, facts)
  if facts.fault == "foreign" then
    raise_config("%s belongs to another user (uid %d), so reel does not believe it; if it is "
      .. "yours, run: sudo chown $(id -u) %s (as root, run reel as that user instead)", what,
      facts.owner, path)
  elseif facts.fault == "shared" then
    raise_config("%s can be written by others (mode %s), so reel does not believe it; run: "
      .. "chmod go-w %s", what, facts.mode, path)
  end
end

--- Raises "config" if others may read a file with a key.
---@param what string
---@param path string
---@param facts reel.core.Facts
function file.check_private(what, path, facts)
  if facts.mode == "0600" or facts.mode == "0400" then return end
  raise_config("%s: the file has mode %s, so others may read the key; run chmod 600 %s", what,
    facts.mode, path)
end

--- The key in a file, which only its owner may read. Raises "config" if there is none. The path of
--- a file that is not there is not shown: it may be the key itself, put in the wrong place.
---@param what string   names the source of the path
---@param path string
---@return string
function file.read_key(what, path)
  local content, facts = owned.read(path, MAX_KEY_FILE_BYTES)
  if not content then
    raise_config("%s: there is no such file, or it is not a small file that you may read", what)
  end
  file.check_private(what, path, facts)
  file.check_owner(what .. ": the file", path, facts)
  return content:match("^%s*(.-)%s*$")
end

-- Names are shown only if they look like a misspelled setting: any other text may be a key.
local function check_names(values, path)
  for name in pairs(values) do
    if not settings.by_name[name] then
      local is_word = type(name) == "string" and name:find("^[%l_]+$") and #name <= LONGEST_NAME
      if is_word then
        raise_config('unknown setting "%s" in %s%s', name, path,
          did_you_mean.hint(name, settings.names))
      end
      raise_config("%s has %s, which is no setting", path, type(name) == "number"
        and "a value without a name" or "a name that is not made of small letters and _")
    end
  end
end

--- Evaluates the content of a settings file. Raises "config" if it is none.
---@param path string   for messages
---@param content string
---@return table<string, any>
function file.evaluate(path, content)
  local values, message = data.evaluate(content)
  if not values then raise_config("%s: %s", path, message) end
  check_names(values, path)
  return values
end

---@class reel.SettingsFile
---@field path string
---@field folder string    Relative paths begin there.
---@field content string
---@field values table<string, any>
---@field facts reel.core.Facts

--- Reads a settings file. Raises "config" if it cannot be used.
---@param folder string
---@param name string
---@return reel.SettingsFile?   nil: there is no such file
function file.read(folder, name)
  local path = folder .. "/" .. name
  local link = owned.look(path)
  if not link then return nil end
  if link.kind == "link" then file.check_owner(path, path, link) end
  local content, facts, message = owned.read(path, MAX_BYTES)
  if not content then raise_config("cannot read the settings: %s", message) end
  file.check_owner(path, path, facts)
  return {
    path = path, folder = folder, content = content, facts = facts,
    values = file.evaluate(path, content),
  }
end

--- The value of a setting, with a path made relative to the file's folder.
---@param settings_file reel.SettingsFile
---@param setting reel.Setting
---@return any
function file.value(settings_file, setting)
  local value = settings_file.values[setting.name]
  if value ~= nil and setting.secret then
    file.check_private(settings_file.path, settings_file.path, settings_file.facts)
  end
  local is_relative = setting.is_path and type(value) == "string" and value:find("^[^/]")
  if is_relative and value ~= "none" then return settings_file.folder .. "/" .. value end
  return value
end

return file
