-- Collects the settings from their sources. For each setting the first source that has a value
-- counts: an argument of `reel.configure`, a flag, the environment, the user's own configuration,
-- reel.conf.lua in the script's folder, the default. The value that counts is checked, and errors
-- name the setting and its source, but never show a key. authority.lua says what reel.conf.lua may
-- not decide.
local Error = require "reel.base.error"
local did_you_mean = require "reel.base.did_you_mean"
local lfs = require "lfs"
local owned = require "reel.core.owned"
local project = require "reel.config.project"
local settings = require "reel.config.settings"
local text = require "reel.base.text"
local url = require "reel.core.url"
local user_folders = require "reel.base.user_folders"

local sources = {}

local USER_FILE_NAME <const> = "config.lua"

-- These two are loaded where they are needed. Most runs have neither a settings file nor a URL
-- without encryption, and start sooner without them.
local function authority() return require "reel.config.authority" end
local function file() return require "reel.config.file" end

--- The settings in their final form. The fields below differ from those of reel.Configuration. URLs
--- have no slash at the end.
---@class reel.Settings : reel.Configuration
---@field journal string?         A path, or "none"; nil where it is refused.
---@field project_folder string?  The absolute path of the folder that holds .reel, or will hold it;
---  nil where it is refused.
---@field refusals table<string, string>   Setting, or "project_folder" -> why it has no value.
---@field warning string?         What the user should know: another user's .reel is ignored.
---@field secrets string[]        What no log may show, refused keys and passwords of proxies too.
---@field create_rate { count: integer, seconds: number }
---@field proxy string?           "" for no proxy; nil for that of the environment.
---@field source table<string, string>   Setting -> where its value comes from: "configure", a
---  flag, a variable, the path of a file, or "default".
---@field is_of_project table<string, boolean>   Setting -> whether reel.conf.lua has set it.

local function raise_config(message, ...)
  Error.raise { kind = "config", message = message:format(...) }
end

local function describe_value(setting, value)
  if setting.secret then return ("(%d characters)"):format(#tostring(value)) end
  if type(value) ~= "string" then return "is " .. tostring(value) end
  return 'is "' .. text.line(settings.show(setting, value), 80) .. '"'
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

local function from_file(settings_file)
  if not settings_file then return function() end end
  return function(setting)
    return file().value(settings_file, setting), settings_file.path
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

-- api_key and api_key_file are two ways to set the key: the one from the stronger source counts,
-- and api_key if both are from one source.
local function settle_key(result, ranks, distrust)
  local path = result.api_key_file
  if not path or result.api_key and ranks.api_key <= ranks.api_key_file then return end
  result.is_of_project.api_key = result.is_of_project.api_key_file
  result.refusals.api_key = distrust and authority().refusal(distrust, "api_key_file")
  if result.refusals.api_key then
    result.api_key = nil
    return
  end
  local what = "api_key_file from " .. result.source.api_key_file
  result.api_key = checked(settings.by_name.api_key, file().read_key(what, path), path)
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

-- The user and the password of a proxy, as they stand in its URL and decoded.
local function add_secrets_of_proxy(secrets, proxy)
  local login = (proxy or ""):gsub("^%a[%w+.-]*://", ""):match("^(.*)@")
  local password = login and login:match(":(.*)$")
  if not password then return end
  secrets[#secrets + 1] = password
  secrets[#secrets + 1] = password:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end)
end

local function secrets_of(result)
  local secrets = { result.api_key }
  secrets[#secrets + 1] = result.webhook_key
  add_secrets_of_proxy(secrets, result.proxy)
  return secrets
end

local function settle_project(result, folder, env)
  local found, fault, ignored = project.find(folder, env)
  result.warning = ignored
  result.project_folder = not fault and found or nil
  result.refusals.project_folder = fault
  if result.journal or result.refusals.journal then return end
  result.journal = not fault and found .. "/.reel/journal.db" or nil
  result.refusals.journal = fault
end

local function refuse(result, distrust, names)
  for _, name in ipairs(names) do
    local refusal = authority().refusal(distrust, name)
    if refusal then result[name], result.refusals[name] = nil, refusal end
  end
end

-- What reel.conf.lua sets without being trusted has no effect on the key, and names no other files.
-- Nothing passes through its proxy or relies on its certificates, downloads included, unless it
-- has the key as well.
local function apply_distrust(result, distrust, is_local)
  if distrust then
    refuse(result, distrust, { "journal", "callback_listen" })
    if not result.is_of_project.api_key then refuse(result, distrust, { "proxy", "ca_file" }) end
  end
  local is_key_of_service = is_local and result.source.api_key == "configure"
  local is_encrypted = result.base_url:find("^https:") and result.upload_url:find("^https:")
  if not result.api_key or is_key_of_service or not distrust and is_encrypted then return end
  local refusal = authority().refusal_of_key(result, distrust, result.is_of_project.api_key)
  if refusal then result.api_key, result.refusals.api_key = nil, refusal end
end

local function read_file(folder, name)
  local is_there = folder and owned.look(folder .. "/" .. name)
  return is_there and file().read(folder, name) or nil
end

local function resolve(options)
  local folder, env = project.absolute(options.script_dir or "."), options.env or os.getenv
  local project_file = not options.ignores_project and read_file(folder, project.FILE_NAME) or nil
  local user_file = read_file(user_folders.config(env), USER_FILE_NAME)
  local sources_in_order = {
    from_arguments(options.arguments or {}), from_flags(options.flags or {}),
    from_environment(env), from_file(user_file), from_file(project_file), from_default,
  }
  local project_rank = #sources_in_order - 1
  local result, ranks = { source = {}, is_of_project = {}, refusals = {} }, {}
  for _, setting in ipairs(settings.list) do
    local name = setting.name
    result[name], result.source[name], ranks[name] = find(sources_in_order, setting)
    result.is_of_project[name] = ranks[name] == project_rank or nil
  end
  local distrust = project_file and authority().distrust(project_file, function(_, setting)
    if result.is_of_project[setting.name] then return result[setting.name] end
  end, env)
  settle_key(result, ranks, distrust)
  settle_urls(result)
  check_ca_file(result)
  slow_polling(result)
  settle_polling(result)
  result.secrets = secrets_of(result)
  apply_distrust(result, distrust, options.is_local)
  settle_project(result, folder, env)
  return result
end

---@class reel.SettingSources
---@field arguments? table      By the names of settings.
---@field flags? table          The same.
---@field env? fun(name: string): string?   Default os.getenv.
---@field script_dir? string    Where reel.conf.lua is looked for; default the current folder.
---@field is_local? boolean     A key from configure is that of the local service, which needs no
---  protection.
---@field ignores_project? boolean   reel.conf.lua is not read.

--- Resolves and checks all settings.
---@param options reel.SettingSources
---@return reel.Settings?
---@return reel.Error? err   kind "config"
function sources.load(options)
  return Error.try(resolve, options or {})
end

return sources
