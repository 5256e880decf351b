-- Defines each setting as data: its name, its default, what is expected, and a check that returns
-- the value in its final form, or nil for a wrong one. A check gets values of any type from Lua,
-- and text from flags and the environment.
local url = require "reel.core.url"

local settings = {}

-- The vendor's hosts; vendor/endpoints.lua has the paths.
settings.VENDOR_URL = "https://api.kie.ai"
settings.VENDOR_UPLOAD_URL = "https://kieai.redpandaai.co"

local MAX_KEY_LENGTH <const> = 512
local MAX_PATH_LENGTH <const> = 4096

local function number_of(value)
  if type(value) == "string" and value:find("^%d*%.?%d+$") then value = tonumber(value) end
  if type(value) == "number" and value == value then return value end
  return nil
end

local function is_within(number, min, max)
  return number >= min and number <= (max or math.maxinteger)
end

local boolean_words = {
  [true] = true, ["1"] = true, ["true"] = true, yes = true,
  [false] = false, ["0"] = false, ["false"] = false, no = false,
}

local function check_path(value)
  if type(value) ~= "string" or value == "" or #value > MAX_PATH_LENGTH then return nil end
  return not value:find("%c") and value or nil
end

local function check_secret(value)
  if type(value) ~= "string" or #value > MAX_KEY_LENGTH then return nil end
  return value:find("^[\33-\126]+$") and value or nil
end

local function is_port(digits, lowest)
  return #digits <= 5 and tonumber(digits) >= lowest and tonumber(digits) <= 65535
end

local function is_host(host)
  return host:find("^[%w.%-_]+$") ~= nil or host:find("^%[[%x:.]+%]$") ~= nil
end

-- The parts of a URL that is ASCII and has neither a query nor a fragment; nil for any other. The
-- host must be spelled as libcurl spells it ("127.1" is not), except for its case and the dot of
-- the DNS root at its end; a port may have zeros in front.
local function plain_url_parts(text)
  if text:find("[^\33-\126]") or text:find("[?#]") then return nil end
  local parts = url.parse(text)
  if not parts then return nil end
  local authority = text:lower():match("^[^:]+://([^/]*)"):match("[^@]*$")
  return authority:gsub(":0*(%d+)$", ":%1") == parts.place and parts or nil
end

local default_ports = { http = "80", https = "443" }

-- The origin is part of each call's key, so all spellings of one service have one origin: without
-- the port of the scheme, without the root's dot.
local function origin_of(parts)
  local host = parts.host:gsub("%.$", "")
  local port = parts.port ~= default_ports[parts.scheme] and parts.port
  return parts.scheme .. "://" .. host .. (port and ":" .. port or "")
end

local proxy_schemes = {
  http = true, https = true, socks4 = true, socks4a = true, socks5 = true, socks5h = true,
}

-- Takes the forms of a proxy that libcurl takes: scheme, user and port may be missing.
local function check_proxy(value)
  if value == "none" then return "" end
  if type(value) ~= "string" or #value > MAX_PATH_LENGTH then return nil end
  local parts = plain_url_parts(value:find("://", 1, true) and value or "http://" .. value)
  return parts and proxy_schemes[parts.scheme] and parts.path == "/" and value or nil
end

--- The spellings of an origin that a setting is changed from, besides the origin itself.
---@param origin string   as base_url has it
---@return string[]
function settings.other_spellings(origin)
  local scheme, place = origin:match("^(%a+)://(.*)$")
  local port = place:match(":%d+$") or ""
  local host = place:sub(1, #place - #port)
  local is_name = not host:find("[%[%]]")
  local found = { is_name and scheme .. "://" .. host .. "." .. port or nil }
  if port == "" then
    local default = ":" .. default_ports[scheme]
    found[#found + 1] = origin .. default
    found[#found + 1] = is_name and origin .. "." .. default or nil
  end
  return found
end

-- A user or a password is refused, since logs and messages show this URL.
local function check_base_url(value)
  if type(value) == "string" and #value > MAX_PATH_LENGTH then return nil end
  local parts = url.is_web(value) and plain_url_parts(value)
  if not parts or parts.user or not parts.host:find("[^.]") then return nil end
  return origin_of(parts) .. parts.path:gsub("/+$", "")
end

-- A URL without the user and the password that may stand before its last "@". The text need not be
-- a URL: people are shown what they have mistyped, too.
local function show_url(value)
  local scheme, rest = value:match("^(%a[%w+.-]*://)(.*)$")
  rest = rest or value
  return (scheme or "") .. rest:gsub("^.*@", "…@")
end

local function check_address(value)
  local host, port = tostring(value):match("^(.+):(%d+)$")
  return host and is_host(host) and is_port(port, 0) and value or nil
end

local function check_rate(value)
  local count, seconds = tostring(value):match("^(%d+)/(%d*%.?%d+)$")
  count, seconds = math.tointeger(count or ""), tonumber(seconds)
  if not count or count < 1 or count > 1000000 or seconds <= 0 or seconds > 3600 then return nil end
  return { count = count, seconds = seconds }
end

-- Types -------------------------------------------------------------------------------------------

---@class reel.SettingType
---@field name string       The type of the value in Lua, as in annotations.
---@field expected string   What messages say after "expected".
---@field check fun(value: any): any
---@field show (fun(value: string): string)?   What people are shown of a value; nil: all of it.
---@field unit string?
---@field range string?

local types = {}

local function range_of(min, max)
  return max and ("%s to %s"):format(min, max) or ("%s or more"):format(min)
end

function types.number(unit, min, max)
  local range = range_of(min, max)
  return {
    name = "number", unit = unit, range = range, expected = unit .. ", " .. range,
    check = function(value)
      local found = number_of(value)
      return found and is_within(found, min, max) and found or nil
    end,
  }
end

function types.integer(min, max)
  local range = range_of(min, max)
  return {
    name = "integer", range = range, expected = "a whole number, " .. range,
    check = function(value)
      local found = number_of(value)
      return found and is_within(found, min, max) and math.tointeger(found) or nil
    end,
  }
end

function types.one_of(name, options)
  local allowed, quoted = {}, {}
  for i, option in ipairs(options) do allowed[option], quoted[i] = option, '"' .. option .. '"' end
  local last = table.remove(quoted)
  return {
    name = name, expected = table.concat(quoted, ", ") .. " or " .. last,
    check = function(value) return allowed[value] end,
  }
end

types.boolean = {
  name = "boolean", expected = "true or false",
  check = function(value) return boolean_words[value] end,
}

types.base_url = {
  name = "string",
  expected = "a plainly spelled http or https URL without user, query and fragment",
  check = check_base_url, show = show_url,
}

types.secret = {
  name = "string",
  expected = ("printable ASCII characters without spaces, at most %d"):format(MAX_KEY_LENGTH),
  check = check_secret,
}

types.proxy = {
  name = 'string|"none"', expected = 'the URL of an http, https or socks proxy, or "none"',
  check = check_proxy, show = function(value) return value == "" and "none" or show_url(value) end,
}

types.address = {
  name = "string", expected = 'an address and a port, like "127.0.0.1:0"', check = check_address,
}

types.rate = {
  name = "string", expected = 'a count of creates and a number of seconds, like "20/10"',
  check = check_rate,
}

function types.path(expected, name)
  return { name = name or "string", expected = expected, check = check_path }
end

-- The settings ------------------------------------------------------------------------------------

---@class reel.Setting
---@field name string
---@field type reel.SettingType
---@field default any               nil: not set, or made by sources.lua from other settings.
---@field shown_default string?     What people are shown in place of the default.
---@field default_with_callbacks any   The default when callback_url is set.
---@field doc string                What it does; help and annotations begin with it.
---@field flag reel.SettingFlag?    Set when the command line has a flag for it.
---@field env string?               The environment variable, if it is not REEL_<NAME>.
---@field secret boolean?           No message shows its value, and it cannot be a flag.
---@field is_path boolean?          In a settings file, relative to that file's folder.
---@field trust string?             What the one who names the value decides. A project's file that
---  is not trusted may not decide this (authority.lua).

---@class reel.SettingFlag
---@field value string?         The word for the value in help; nil: the flag takes no value.
---@field short string?
---@field is_online boolean?    Only commands that ask the API have the flag.

-- The only definition of each setting. The flags of the command line are made from this list, and
-- spec/meta_spec.lua compares the annotations and README's table with it.
---@type reel.Setting[]
settings.list = {
  { name = "base_url", type = types.base_url, default = settings.VENDOR_URL,
    shown_default = "the vendor's", flag = { value = "URL", is_online = true },
    trust = "the key and all prompts go there",
    doc = "Where the API is" },
  { name = "upload_url", type = types.base_url, shown_default = "the vendor's",
    trust = "the key and local files go there",
    doc = "Where files are uploaded" },
  { name = "api_key", type = types.secret, env = "KIE_API_KEY", secret = true,
    doc = "The key of the account" },
  { name = "webhook_key", type = types.secret, env = "KIE_WEBHOOK_KEY", secret = true,
    doc = "The key that callbacks are signed with" },
  { name = "api_key_file", type = types.path("the path of a file"), is_path = true,
    trust = "its content is sent as the key",
    doc = "File with the key; only its owner may read it (0600)" },
  { name = "journal", type = types.path('a path, or "none"', 'string|"none"'), is_path = true,
    shown_default = ".reel/journal.db", flag = { value = "FILE", is_online = true },
    trust = "the journal is written there",
    doc = "Where to record what was made" },
  { name = "poll_first", type = types.number("seconds", 0.05, 3600), default = 5,
    default_with_callbacks = 15, doc = "Seconds before the first query" },
  { name = "poll_max", type = types.number("seconds", 0.05, 3600), default = 15,
    default_with_callbacks = 60, doc = "Seconds between queries at most" },
  { name = "wait_timeout", type = types.number("seconds", 0.05, 31536000), default = 1800,
    doc = "Seconds that a wait takes at most" },
  { name = "create_rate", type = types.rate, default = "20/10",
    doc = '"count/seconds" of creates' },
  { name = "create_parallel", type = types.integer(1, 4), default = 4,
    doc = "Creates under way at once" },
  { name = "callback_url", type = types.base_url,
    trust = "the vendor reports the results there",
    doc = "Public base URL of this machine, for callbacks" },
  { name = "callback_listen", type = types.address, default = "127.0.0.1:0",
    trust = "whoever reaches this address may connect",
    doc = "Address and port where callbacks arrive" },
  { name = "proxy", type = types.proxy, shown_default = "the environment's",
    trust = "all requests pass through it",
    doc = "URL of a proxy" },
  { name = "ca_file", type = types.path("the path of a file with certificates (PEM)"),
    is_path = true, shown_default = "the system's",
    trust = "who is certified there can pose as the vendor", doc = "Certificates to trust (PEM)" },
  { name = "allow_http", type = types.boolean, default = false, flag = { is_online = true },
    trust = "the key and all prompts may go over the network unencrypted",
    doc = "Send the key also unencrypted, to an http:// URL of another machine" },
  { name = "max_new", type = types.integer(0), flag = { value = "N", is_online = true },
    doc = "Send at most N new tasks in this run" },
  { name = "max_credits", type = types.number("credits", 0),
    flag = { value = "N", is_online = true },
    doc = "Send nothing that could bring this run above N credits" },
  { name = "retry_failed", type = types.boolean, default = false, flag = { is_online = true },
    doc = "Make tasks again that failed in an earlier run" },
  { name = "quiet", type = types.boolean, default = false, flag = { short = "-q" },
    doc = "Show no progress" },
  { name = "json", type = types.boolean, default = false, flag = {},
    doc = "Print results and progress as JSON, one object on each line" },
  { name = "log_level", type = types.one_of("reel.LogLevel", { "debug", "info", "warn", "error" }),
    default = "info", flag = { value = "LEVEL" },
    doc = "Log messages of this level and above: debug, info, warn or error" },
}

settings.names, settings.by_name = {}, {}
for i, setting in ipairs(settings.list) do
  settings.names[i], settings.by_name[setting.name] = setting.name, setting
end

--- The name of the flag that sets a setting on the command line.
---@param setting reel.Setting
---@return string
function settings.flag_name(setting)
  return "--" .. setting.name:gsub("_", "-")
end

--- The name of the environment variable that sets a setting.
---@param setting reel.Setting
---@return string
function settings.variable_name(setting)
  return setting.env or "REEL_" .. setting.name:upper()
end

--- What people are shown of a value: no user and password of a URL.
---@param setting reel.Setting
---@param value any
---@return string
function settings.show(setting, value)
  local is_shown_partly = setting.type.show and type(value) == "string"
  return is_shown_partly and setting.type.show(value) or tostring(value)
end

--- What a setting does, as one line that ends with its default, unless the default is false or nil.
---@param setting reel.Setting
---@return string
function settings.describe(setting)
  local default = setting.shown_default or setting.default
  return setting.doc .. (default and "; default " .. default or "") .. "."
end

return settings
