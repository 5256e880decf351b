-- Holds the settings in force. sources.lua makes them of the arguments of reel.configure, the
-- program's flags, the environment and the settings file in the script's folder; settings.lua
-- defines each of them.
local Error = require "reel.base.error"
local http = require "reel.core.http"
local log = require "reel.base.log"
local sources = require "reel.config.sources"
local url = require "reel.core.url"

local config = {}

local configured = {} -- what all calls of config.configure have set
local settings

-- The script that runs when the interpreter is not reel but a plain Lua, where nobody calls
-- config.start.
local function main_script()
  local path = type(arg) == "table" and arg[0]
  return type(path) == "string" and path:find("%.lua$") and path or nil
end

local main = main_script()
local start = { flags = {}, script = main, script_dir = main and main:match("^(.*)/") or "." }

--- Tells where settings come from besides `reel.configure` and the environment.
---@param flags table         of the command line, by the names of settings
---@param script_dir string   the folder in which reel.conf.lua is looked for
---@param script string?   the script's path, for the journal
function config.start(flags, script_dir, script)
  start = { flags = flags, script_dir = script_dir, script = script }
  settings = nil
end

--- Sets the origin of all tasks; without this it is that of the base URL.
---@param origin string
function config.set_origin(origin)
  start.origin = origin
end

--- The settings in force; raises "config" when one is wrong.
---@return reel.Settings
function config.settings()
  if not settings then
    local loaded, err = sources.load({
      arguments = configured, flags = start.flags, script_dir = start.script_dir, env = os.getenv,
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

--- Sets settings, which count more than those of all other sources. Raises "config" when one of
--- them is wrong, and then changes none.
---@param options reel.Configuration
function config.configure(options)
  if type(options) ~= "table" then
    local message = "reel.configure needs a table of settings, got a " .. type(options)
    Error.raise({ kind = "invalid", message = message }, 2)
  end
  local before = configured
  configured = {}
  for name, value in pairs(before) do configured[name] = value end
  for name, value in pairs(options) do configured[name] = value end
  settings = nil
  local ok, err = pcall(config.settings)
  if ok then return end
  configured = before
  Error.raise(err, 2)
end

--- The origin of the tasks: scheme and host of the service, or "local" under --local, where the
--- port is another one in each run.
---@return string
function config.origin()
  return start.origin or url.parse(config.settings().base_url).origin
end

--- The path of the script that runs; nil if none does.
---@return string?
function config.script()
  return start.script
end

return config
