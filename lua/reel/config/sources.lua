-- Collects the settings from their sources. For each setting the first source that has a value
-- counts: an argument of `reel.configure`, a flag, the environment, reel.conf.lua in the script's
-- folder, the default. The value that counts is checked, and errors name the setting and its
-- source, but never show a key.
local Error = require "reel.base.error"
local lfs = require "lfs"
local did_you_mean = require "reel.base.did_you_mean"
local settings = require "reel.config.settings"
local text = require "reel.base.text"
local url = require "reel.core.url"

local sources = {}

local FILE_NAME <const> = "reel.conf.lua"

--- The settings in their final form. The fields below differ from those of reel.Configuration. URLs
--- have no slash at the end.
---@class reel.Settings : reel.Configuration
---@field journal string          A path, or "none".
---@field project_folder string   The absolute path of the folder that holds .reel, or will hold it.
---@field create_rate { count: integer, seconds: number }
---@field proxy string?           "" for no proxy; nil for that of the environment.
---@field source table<string, string>   Setting -> where its value comes from: "configure", a
---  flag, a variable, the path of a file, or "default".

local function raise_config(message, ...)
  Error.raise { kind = "config", message = message:format(...) }
end

local function describe_value(setting, value)
  if setting.secret then return ("(%d characters)"):format(#tostring(value)) end
  if type(value) ~= "string" then return "is " .. tostring(value) end
  return 'is "' .. text.line(value, 80):gsub("//[^/]*@", "//…@") .. '"'
end

local function checked(setting, value, source)
  local final = setting.type.check(value)
  if final == nil then
    raise_config("%s from %s %s: expected %s", setting.name, source,
      describe_value(setting, value),
      setting.type.expected)
  end
  return final
end

local function check_names(values, source)
  for name in pairs(values) do
    if not settings.by_name[name] then
      local shown = type(name) == "string" and '"' .. name .. '"' or tostring(name)
      raise_config("unknown setting %s in %s%s", shown, source,
        did_you_mean.hint(name, settings.names))
    end
  end
end

-- Sources, from strong to weak --------------------------------------------------------------------
-- A source is a function of a setting. It returns two values: the setting's value or nil, and a
-- label that tells people where the value was found.

local function from_arguments(values)
  check_names(values, "configure")
  return function(setting) return values[setting.name], "configure" end
end

local function from_flags(values)
  check_names(values, "the flags")
  return function(setting)
    local value, flag = values[setting.name], settings.flag_name(setting)
    if value ~= nil and setting.secret then
      raise_config("%s cannot be given as a flag, since other users can see the command line: "
        .. "set %s", setting.name, setting.env)
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

-- Messages of Lua quote the text of the file, which may hold a key.
local function without_quotes(message)
  return (tostring(message):gsub(" near .*$", ""):gsub(" %(.*%)$", ""))
end

-- The file is data in Lua's syntax. Its environment is empty, so it reaches no global function; the
-- methods of strings still work.
local function run_file(path)
  local chunk, message = loadfile(path, "t", {})
  if not chunk then raise_config("%s: %s", FILE_NAME, without_quotes(message)) end
  local ok, values = pcall(chunk)
  if not ok then raise_config("%s: %s", FILE_NAME, without_quotes(values)) end
  if type(values) ~= "table" then
    raise_config("%s must return a table of settings, got a %s", path, type(values))
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
  raise_config("%s: the file has mode %s, so others may read the key; run chmod 600 %s", what,
    mode or "unknown", path)
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

local function find(sources_in_order, setting)
  for rank, source in ipairs(sources_in_order) do
    local value, label = source(setting)
    if value ~= nil then return checked(setting, value, label), label, rank end
  end
  return nil, "default", #sources_in_order
end

local function read_key_file(path, source)
  local what = ("api_key_file from %s"):format(source)
  -- The path is not shown: it may be the key itself, put in the wrong place.
  if lfs.attributes(path, "mode") ~= "file" then raise_config("%s: there is no such file", what) end
  check_private_file(path, what)
  local file, message = io.open(path, "rb")
  if not file then raise_config("%s: %s", what, message) end
  local content <close> = file
  local key = (content:read(4096) or ""):match("^%s*(.-)%s*$")
  return checked(settings.by_name.api_key, key, path)
end

-- api_key and api_key_file are two ways to set the key: the one from the stronger source counts,
-- and api_key if both are from one source.
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

-- Without this check, a missing file would be reported only by the first connection that fails.
local function check_ca_file(result)
  local path = result.ca_file
  if not path or lfs.attributes(path, "mode") == "file" then return end
  raise_config("ca_file from %s: there is no file %s", result.source.ca_file,
    text.line(path, 80))
end

-- When callbacks report the end of tasks, polling only has to find those whose callback was lost.
local function slow_polling(result)
  if not result.callback_url then return end
  for _, setting in ipairs(settings.list) do
    local seconds = setting.default_with_callbacks
    if seconds and result.source[setting.name] == "default" then result[setting.name] = seconds end
  end
end

-- poll_first may not exceed poll_max. If one of them is a default, it takes the value of the other.
local function settle_polling(result)
  local source = result.source
  if result.poll_first <= result.poll_max then return end
  if source.poll_max == "default" then
    result.poll_max = result.poll_first
  elseif source.poll_first == "default" then
    result.poll_first = result.poll_max
  else
    raise_config("poll_max is %g (from %s): expected at least poll_first, which is %g (from %s)",
      result.poll_max, source.poll_max, result.poll_first, source.poll_first)
  end
end

-- The result has no "." or ".." in it, since find_project goes upward by taking names off its end.
local function absolute(path)
  local here = lfs.currentdir()
  if not here then raise_config("the current folder no longer exists: change to another folder") end
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

--- The absolute path of the nearest folder that holds `.reel`: `folder` or one above it. If there
--- is none, the absolute path of `folder`.
---@param folder string
---@return string
function sources.find_project(folder)
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
  local sources_in_order = {
    from_arguments(options.arguments or {}), from_flags(options.flags or {}),
    from_environment(options.env or os.getenv), from_file(folder), from_default,
  }
  local result, ranks = { source = {} }, {}
  for _, setting in ipairs(settings.list) do
    local name = setting.name
    result[name], result.source[name], ranks[name] = find(sources_in_order, setting)
  end
  settle_key(result, ranks)
  settle_urls(result)
  check_ca_file(result)
  slow_polling(result)
  settle_polling(result)
  result.project_folder = sources.find_project(folder)
  result.journal = result.journal or result.project_folder .. "/.reel/journal.db"
  return result
end

--- Resolves and checks all settings.
---@param options { arguments: table?, flags: table?, script_dir: string?,
---  env: (fun(name: string): string?)? }   `arguments` and `flags` have names of settings as
---  keys. `script_dir` is where reel.conf.lua is looked for; default the current folder. `env`
---  defaults to os.getenv.
---@return reel.Settings?
---@return reel.Error? err   kind "config"
function sources.load(options)
  return Error.try(resolve, options or {})
end

return sources
