-- Decides what the settings file of a project may decide. The file may come from anybody, as with a
-- folder that was downloaded. Unless the user trusts it (trust.lua), a key of the user's own goes
-- nowhere because of it, and it names no files outside of its folder.
--
-- The settings are resolved all the same, so that commands work which do not need what is refused.
-- The result has no value for what is refused, and `refusals` has the sentence that tells why.
local http = require "reel.core.http"
local owned = require "reel.core.owned"
local settings = require "reel.config.settings"
local text = require "reel.base.text"
local url = require "reel.core.url"

local authority = {}

-- Values that need no trust --------------------------------------------------------------------

local function is_inside(path, settings_file)
  local folder, real = owned.resolve(settings_file.folder), owned.resolve(path)
  return folder ~= nil and real ~= nil and real:sub(1, #folder + 1) == folder .. "/"
end

local function is_loopback(address)
  local host = tostring(address):match("^(.+):%d+$") or ""
  return host == "localhost" or host == "[::1]" or host:find("^127%.[%d.]+$") ~= nil
end

local harmless = {
  allow_http = function(value) return not settings.by_name.allow_http.type.check(value) end,
  api_key_file = is_inside,
  callback_listen = is_loopback,
  journal = is_inside, -- without a journal a rerun would pay again, so "none" needs trust, too
  proxy = function(value) return value == "none" or value == "" end,
}

---@class reel.TrustQuestion
---@field setting reel.Setting
---@field value any

--- The settings of a file that count only if the file is trusted, in the order of settings.list.
---@param settings_file reel.SettingsFile
---@param value_of fun(settings_file: reel.SettingsFile, setting: reel.Setting): any
---@return reel.TrustQuestion[]
function authority.questions(settings_file, value_of)
  local found = {}
  for _, setting in ipairs(settings.list) do
    local value = setting.trust and value_of(settings_file, setting)
    local is_harmless = harmless[setting.name]
    if value ~= nil and value ~= false
      and not (is_harmless and is_harmless(value, settings_file)) then
      found[#found + 1] = { setting = setting, value = value }
    end
  end
  return found
end

-- Sentences -------------------------------------------------------------------------------------

local function way_to_set(setting)
  local variable = settings.variable_name(setting)
  return setting.flag and settings.flag_name(setting) .. " or " .. variable or variable
end

local states = {
  unknown = "which is not trusted", changed = "which has changed since it was trusted",
}

-- A word of a shell's command line.
local function quoted(word)
  if word:find("^[%w/._-]+$") then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- What a file that is not trusted names, and what the user can do.
local function reason(distrust, names)
  local question = distrust.questions[names[1]]
  local ways, is_one = {}, #names == 1
  for i, name in ipairs(names) do ways[i] = way_to_set(settings.by_name[name]) end
  return ("%s %s set by %s, %s, and %s (%s). If that is meant, run: reel trust %s, or set %s "
    .. "yourself: %s"):format(table.concat(names, " and "), is_one and "is" or "are",
    distrust.file.path, states[distrust.state], question.setting.trust,
    text.line(settings.show(question.setting, question.value), 80), quoted(distrust.file.folder),
    is_one and "it" or "them", table.concat(ways, "; "))
end

-- Distrust ----------------------------------------------------------------------------------------

---@class reel.Distrust
---@field file reel.SettingsFile
---@field state "unknown"|"changed"
---@field questions table<string, reel.TrustQuestion>   by the names of settings

--- What the project's file sets without being trusted; nil if that is nothing.
---@param settings_file reel.SettingsFile
---@param value_of fun(settings_file: reel.SettingsFile, setting: reel.Setting): any   nil where
---  another source counts
---@param env fun(name: string): string?
---@return reel.Distrust?
function authority.distrust(settings_file, value_of, env)
  local questions = authority.questions(settings_file, value_of)
  if not questions[1] then return nil end
  -- Loaded here, since few folders set anything that needs it.
  local state = require("reel.config.trust").state(settings_file.path, settings_file.content, env)
  if state == "trusted" then return nil end
  local by_name = {}
  for _, question in ipairs(questions) do by_name[question.setting.name] = question end
  return { file = settings_file, state = state, questions = by_name }
end

--- The sentence that refuses one setting of a file that is not trusted; nil if it is not refused.
---@param distrust reel.Distrust?
---@param name string
---@return string?
function authority.refusal(distrust, name)
  if not distrust or not distrust.questions[name] then return nil end
  return reason(distrust, { name })
end

-- The settings that decide where the key goes, and where what it pays for is reported.
local decides_about_key <const> = { "base_url", "upload_url", "proxy", "ca_file", "callback_url" }

local function distrusted_about_key(distrust)
  local names = {}
  for _, name in ipairs(decides_about_key) do
    if distrust and distrust.questions[name] then names[#names + 1] = name end
  end
  return names
end

-- The first URL that a key would reach unencrypted, on its way to another machine.
local function unencrypted(result)
  for _, name in ipairs { "base_url", "upload_url" } do
    local is_plain = result[name]:find("^http:") ~= nil
    if is_plain and http.is_public(url.parse(result[name]).host) then return name end
  end
end

--- What a person should know of a URL without encryption; nil if there is no such URL.
---@param result reel.Settings
---@return string?
function authority.unencrypted(result)
  local name = unencrypted(result)
  return name and ("%s is %s (from %s), so everything would go over the network unencrypted, with "
    .. "the key"):format(name, result[name], result.source[name])
end

--- Why the key must not be sent; nil if it may.
---@param result reel.Settings       resolved, with the key
---@param distrust reel.Distrust?
---@param is_of_project boolean   whether the project's file has the key itself
---@return string?
function authority.refusal_of_key(result, distrust, is_of_project)
  local names = is_of_project and {} or distrusted_about_key(distrust)
  local is_allowed = result.allow_http and not (distrust and distrust.questions.allow_http)
  if names[1] then
    return ("the API key from %s is not sent: "):format(result.source.api_key)
      .. reason(distrust, names)
  elseif not is_allowed and unencrypted(result) then
    return ("the API key from %s is not sent: %s. Write https://, or say that it is meant: "
      .. "--allow-http or REEL_ALLOW_HTTP=1"):format(result.source.api_key,
      authority.unencrypted(result))
  end
end

return authority
