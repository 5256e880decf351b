-- The settings in force: what reel.configure was given, the program's flags, the environment and
-- the script's folder, put together by sources.lua.
local Error = require "reel.base.error"
local http = require "reel.core.http"
local log = require "reel.base.log"
local sources = require "reel.config.sources"
local url = require "reel.core.url"

local config = {}

local given = {} -- what configure() was called with
local settings

-- The script that a stock interpreter runs, if it runs one.
local function main_script()
  local path = type(arg) == "table" and arg[0]
  return type(path) == "string" and path:find("%.lua$") and path or nil
end

local main = main_script()
local start = { flags = {}, script = main, script_dir = main and main:match("^(.*)/") or "." }

--- Where settings come from besides `reel.configure`: the program's flags and the script's folder.
---@param flags table
---@param script_dir string
---@param script string?   the script's path, for the journal
function config.start(flags, script_dir, script)
  start = { flags = flags, script_dir = script_dir, script = script }
  settings = nil
end

--- Names the origin of all tasks, in place of the base URL's.
---@param origin string
function config.set_origin(origin)
  start.origin = origin
end

--- The settings in force; raises "config" when one is wrong.
---@return reel.Settings
function config.settings()
  if not settings then
    local loaded, err = sources.load({
      arguments = given, flags = start.flags, script_dir = start.script_dir, env = os.getenv,
    })
    if not loaded then Error.raise(err) end
    settings = loaded
    log.set_level(settings.log_level)
    if settings.api_key then log.hide(settings.api_key) end
    if settings.webhook_key then log.hide(settings.webhook_key) end
    http.configure { ca_file = settings.ca_file, proxy = settings.proxy }
  end
  return settings
end

--- Takes settings; they count more than all other sources. Raises "config" when one is wrong, and
--- then takes none.
---@param options reel.Configuration
function config.configure(options)
  if type(options) ~= "table" then
    local message = "reel.configure needs a table of settings, got a " .. type(options)
    Error.raise({ kind = "invalid", message = message }, 2)
  end
  local before = given
  given = {}
  for name, value in pairs(before) do given[name] = value end
  for name, value in pairs(options) do given[name] = value end
  settings = nil
  local ok, err = pcall(config.settings)
  if ok then return end
  given = before
  Error.raise(err, 2)
end

--- Who the tasks belong to: the vendor's origin, or "local" under --local, whose port changes.
---@return string
function config.origin()
  return start.origin or url.parse(config.settings().base_url).origin
end

--- The path of the script that runs, if one does.
---@return string?
function config.script()
  return start.script
end

return config
