-- Where settings come from and which of them count: an argument of `reel.configure`, else a flag,
-- else the environment, else reel.conf.lua beside the script, else the default. Every value is
-- checked where it enters, and errors name the setting and its source, never a key.
local Error = require "reel.base.error"
local lfs = require "lfs"
local did_you_mean = require "reel.base.did_you_mean"
local settings = require "reel.config.settings"
local text = require "reel.base.text"
local url = require "reel.core.url"

local config = {}

local FILE_NAME <const> = "reel.conf.lua"

--- The settings in their final form, where it is another one than reel.Configuration has. URLs are
--- without a slash at the end.
---@class reel.Settings : reel.Configuration
---@field journal string          A path, or "none".
---@field project_folder string   Absolute: the folder that holds .reel, or will.
---@field create_rate { count: integer, seconds: number }
---@field proxy string?           "" for none; nil for that of the environment.
---@field source table<string, string>   Setting -> "configure", a flag, a variable, a file,
---                                       or "default".

local function refuse(message, ...)
  Error.raise { kind = "config", message = message:format(...) }
end

local function show(setting, value)
  if setting.secret then return ("(%d characters)"):format(#tostring(value)) end
  if type(value) ~= "string" then return "is " .. tostring(value) end
  return 'is "' .. text.line(value, 80):gsub("//[^/]*@", "//…@") .. '"'
end

local function checked(setting, value, source)
  local final = setting.type.check(value)
  if final == nil then
    refuse("%s from %s %s: expected %s", setting.name, source, show(setting, value),
      setting.type.expected)
  end
  return final
end

local function check_names(values, source)
  for name in pairs(values) do
    if not settings.by_name[name] then
      refuse("unknown setting %s in %s%s", type(name) == "string" and '"' .. name .. '"' or
        tostring(name), source, did_you_mean.hint(name, settings.names))
    end
  end
end

-- Sources, from strong to weak --------------------------------------------------------------------
-- Each is a function from a setting to its value and a label of where it was found, or nil.

local function from_arguments(values)
  check_names(values, "configure")
  return function(setting) return values[setting.name], "configure" end
end

local function from_flags(values)
  check_names(values, "the flags")
  return function(setting)
    local value, flag = values[setting.name], settings.flag_name(setting)
    if value ~= nil and setting.secret then
      refuse("%s cannot be a flag, since others can read it there: use %s", setting.name,
        setting.env)
    end
    return value, flag
  end
end

local function from_environment(env)
  return function(setting)
    local name = settings.variable_name(setting)
    local value = env(name)
    if value == "" then value = nil end
    return value, name
  end
end

-- Lua's messages quote the source, which may hold a key.
local function without_source(message)
  return (tostring(message):gsub(" near .*$", ""):gsub(" %(.*%)$", ""))
end

-- The file is data in Lua's syntax: it sees no function of Lua or of reel.
local function run_file(path)
  local chunk, message = loadfile(path, "t", {})
  if not chunk then refuse("%s: %s", FILE_NAME, without_source(message)) end
  local ok, values = pcall(chunk)
  if not ok then refuse("%s: %s", FILE_NAME, without_source(values)) end
  if type(values) ~= "table" then
    refuse("%s must return a table of settings, got a %s", path, type(values))
  end
  return values
end

local function is_private(path)
  local mode = lfs.attributes(path, "permissions")
  return mode == "rw-------" or mode == "r--------", mode
end

local function check_private_file(path, what)
  local private, mode = is_private(path)
  if private then return end
  refuse("%s has mode %s, so others may read the key: expected rw-------, run chmod 600 %s",
    what, mode or "unknown", path)
end

local function from_file(folder)
  local path = folder .. "/" .. FILE_NAME
  if lfs.attributes(path, "mode") ~= "file" then return function() end end
  local values = run_file(path)
  check_names(values, path)
  return function(setting)
    local value = values[setting.name]
    if value ~= nil and setting.secret then check_private_file(path, path) end
    local is_relative = setting.is_path and type(value) == "string" and value:find("^[^/]")
    if is_relative and value ~= "none" then value = folder .. "/" .. value end
    return value, path
  end
end

local function from_default(setting)
  return setting.default, "default"
end

-- Resolution --------------------------------------------------------------------------------------

local function find(sources, setting)
  for rank, source in ipairs(sources) do
    local value, label = source(setting)
    if value ~= nil then return checked(setting, value, label), label, rank end
  end
  return nil, "default", #sources
end

local function read_key_file(path, source)
  local what = ("api_key_file from %s"):format(source)
  -- The path is not shown: it may be the key itself, put in the wrong place.
  if lfs.attributes(path, "mode") ~= "file" then refuse("%s: there is no such file", what) end
  check_private_file(path, what)
  local file, message = io.open(path, "rb")
  if not file then refuse("%s: %s", what, message) end
  local content <close> = file
  local key = (content:read(4096) or ""):match("^%s*(.-)%s*$")
  return checked(settings.by_name.api_key, key, path)
end

-- The stronger source wins, whether it names a key or a file with one.
local function settle_key(result, ranks)
  local path = result.api_key_file
  if not path or result.api_key and ranks.api_key <= ranks.api_key_file then return end
  result.api_key = read_key_file(path, result.source.api_key_file)
  result.source.api_key = path
end

local function settle_urls(result)
  if result.upload_url then return end
  local is_vendor = result.base_url == settings.VENDOR_URL
  result.upload_url = is_vendor and settings.VENDOR_UPLOAD_URL
    or url.parse(result.base_url).origin
end

-- libcurl would tell of a missing file only when a connection fails.
local function check_ca_file(result)
  local path = result.ca_file
  if not path or lfs.attributes(path, "mode") == "file" then return end
  refuse("ca_file from %s: there is no file %s", result.source.ca_file, text.line(path, 80))
end

-- Where callbacks tell of the end, asking is no more than a safety net.
local function slow_polling(result)
  if not result.callback_url then return end
  for _, setting in ipairs(settings.list) do
    local seconds = setting.default_with_callbacks
    if seconds and result.source[setting.name] == "default" then result[setting.name] = seconds end
  end
end

-- A default adapts to the other value; two values that were given must fit.
local function settle_polling(result)
  local source = result.source
  if result.poll_first <= result.poll_max then return end
  if source.poll_max == "default" then
    result.poll_max = result.poll_first
  elseif source.poll_first == "default" then
    result.poll_first = result.poll_max
  else
    refuse("poll_max from %s is %g: expected at least poll_first, %g from %s", source.poll_max,
      result.poll_max, result.poll_first, source.poll_first)
  end
end

-- Without "." and "..": with them, the way upward would lead through other folders.
local function absolute(path)
  local here = lfs.currentdir()
  if not here then refuse("the current folder is gone: change to one that is there") end
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

--- The folder upward from `folder` that holds `.reel`, else `folder` itself.
---@param folder string
---@return string
function config.find_project(folder)
  local start = absolute(folder)
  local candidate = start
  while candidate ~= "" do
    if lfs.attributes(candidate .. "/.reel", "mode") == "directory" then return candidate end
    candidate = candidate:match("^(.*)/[^/]*$")
  end
  return start
end

local function resolve(options)
  local folder = options.script_dir or "."
  local sources = {
    from_arguments(options.arguments or {}), from_flags(options.flags or {}),
    from_environment(options.env or os.getenv), from_file(folder), from_default,
  }
  local result, ranks = { source = {} }, {}
  for _, setting in ipairs(settings.list) do
    local name = setting.name
    result[name], result.source[name], ranks[name] = find(sources, setting)
  end
  settle_key(result, ranks)
  settle_urls(result)
  check_ca_file(result)
  slow_polling(result)
  settle_polling(result)
  result.project_folder = config.find_project(folder)
  result.journal = result.journal or result.project_folder .. "/.reel/journal.db"
  return result
end

--- Resolves and checks all settings.
---@param options { arguments: table?, flags: table?, script_dir: string?,
---  env: (fun(name: string): string?)? }   Flags have the names of settings. `script_dir` is where
---  reel.conf.lua is looked for; default the current folder. `env` defaults to os.getenv.
---@return reel.Settings?
---@return reel.Error? err   kind "config"
function config.load(options)
  return Error.try(resolve, options or {})
end

return config
