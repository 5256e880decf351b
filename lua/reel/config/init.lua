-- Holds the settings in force. sources.lua makes them of the arguments of reel.configure, the
-- program's flags, the environment, the user's own configuration and the settings file in the
-- script's folder; settings.lua defines each of them.
local Error = require "reel.base.error"
local folder_of = require "reel.base.folder_of"
local definitions = require "reel.config.settings"
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
local start = { flags = {}, script = main, script_dir = main and folder_of(main) or "." }

--- Tells where settings come from besides `reel.configure` and the environment.
---@param flags table         of the command line, by the names of settings
---@param script_dir string   the folder in which reel.conf.lua is looked for
---@param script string?   the script's path, for the journal
---@param ignores_project boolean?   reel.conf.lua is not read
function config.start(flags, script_dir, script, ignores_project)
  start = {
    flags = flags, script_dir = script_dir, script = script, ignores_project = ignores_project,
  }
  settings = nil
end

--- Makes "local" the origin of all tasks; without this it is that of the base URL. The key that is
--- configured from now on is that of the local service, which needs no protection.
function config.use_local()
  start.is_local = true
  settings = nil
end

--- The settings in force; raises "config" when one is wrong.
---@return reel.Settings
function config.settings()
  if not settings then
    local loaded, err = sources.load({
      arguments = configured, flags = start.flags, script_dir = start.script_dir, env = os.getenv,
      is_local = start.is_local, ignores_project = start.ignores_project,
    })
    if not loaded then Error.raise(err) end
    settings = loaded
    log.set_level(settings.log_level)
    for _, secret in ipairs(settings.secrets) do log.hide(secret) end
    http.configure { ca_file = settings.ca_file, proxy = settings.proxy }
    if settings.warning then log.write("warn", settings.warning) end
  end
  return settings
end

--- The value of a setting, or "project_folder". Raises "config" with the reason if the value is
--- refused: what a project's file says without being trusted, or a folder of another user.
---@param name string
---@return any
function config.usable(name)
  local refusal = config.settings().refusals[name]
  if refusal then Error.raise { kind = "config", message = refusal } end
  return settings[name]
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
  return start.is_local and "local" or url.parse(config.settings().base_url).origin
end

-- Whoever wrote the origin's port or the dot at its end in base_url has calls of that spelling in
-- the journal. They are the same calls.
local spelled_for, spellings

--- The other spellings of the origin.
---@return string[]
function config.other_origins()
  local origin = config.origin()
  if origin ~= spelled_for then
    spelled_for = origin
    spellings = origin == "local" and {} or definitions.other_spellings(origin)
  end
  return spellings
end

--- The origin in all of its spellings, the usual one first.
---@return string[]
function config.origins()
  return { config.origin(), table.unpack(config.other_origins()) }
end

--- Whether an origin of the journal is the one in force, in whatever spelling.
---@param origin string
---@return boolean
function config.is_here(origin)
  for _, spelling in ipairs(config.origins()) do
    if spelling == origin then return true end
  end
  return false
end

--- The path of the script that runs; nil if none does.
---@return string?
function config.script()
  return start.script
end

return config
