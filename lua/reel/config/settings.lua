-- The settings as data: name, default, what is expected, and a check that returns the value in its
-- final form or nil. Values come from Lua as they are, from flags and the environment as text.
local url = require "reel.core.url"

local settings = {}

-- The vendor's hosts; vendor/endpoints.lua has all that is below them.
settings.VENDOR_URL = "https://api.kie.ai"
settings.VENDOR_UPLOAD_URL = "https://kieai.redpandaai.co"

-- Defaults where callbacks tell of the end.
settings.polling_beside_callbacks = { poll_first = 15, poll_max = 60 }

local MAX_KEY_LENGTH <const> = 512
local MAX_PATH_LENGTH <const> = 4096

local function number_of(value)
  if type(value) == "string" and value:find("^%d*%.?%d+$") then value = tonumber(value) end
  if type(value) == "number" and value == value then return value end
  return nil
end

local function number_from(min, max)
  return function(value)
    local number = number_of(value)
    if number and number >= min and number <= (max or math.maxinteger) then return number end
  end
end

local function integer_from(min, max)
  local check = number_from(min, max)
  return function(value)
    local number = check(value)
    return number and math.tointeger(number)
  end
end

local words = {
  [true] = true, ["1"] = true, ["true"] = true, yes = true,
  [false] = false, ["0"] = false, ["false"] = false, no = false,
}

local function boolean(value)
  return words[value]
end

local function one_of(...)
  local allowed = {}
  for _, option in ipairs { ... } do allowed[option] = option end
  return function(value) return allowed[value] end
end

local function path(value)
  if type(value) ~= "string" or value == "" or #value > MAX_PATH_LENGTH then return nil end
  return not value:find("%c") and value or nil
end

local function secret(value)
  if type(value) ~= "string" or #value > MAX_KEY_LENGTH then return nil end
  return value:find("^[\33-\126]+$") and value or nil
end

local function is_port(digits, lowest)
  return #digits <= 5 and tonumber(digits) >= lowest and tonumber(digits) <= 65535
end

local function is_host(host)
  return host:find("^[%w.%-_]+$") ~= nil or host:find("^%[[%x:.]+%]$") ~= nil
end

-- The parts of a URL in ASCII, without query and fragment. Its host and port must be spelled as
-- libcurl spells them: the origin is a part of each call's key, so one service has one spelling.
local function plain_url(text)
  if text:find("[^\33-\126]") or text:find("[?#]") then return nil end
  local parts = url.parse(text)
  local authority = parts and text:lower():match("^[^:]+://([^/]*)"):match("[^@]*$")
  return parts and authority == parts.place and parts or nil
end

local proxy_schemes = {
  http = true, https = true, socks4 = true, socks4a = true, socks5 = true, socks5h = true,
}

-- libcurl's forms of a proxy, with or without a scheme, a user and a port.
local function proxy(value)
  if value == "none" then return "" end
  if type(value) ~= "string" or #value > MAX_PATH_LENGTH then return nil end
  local parts = plain_url(value:find("://", 1, true) and value or "http://" .. value)
  return parts and proxy_schemes[parts.scheme] and parts.path == "/" and value or nil
end

-- Credentials in it would leak into logs.
local function base_url(value)
  local parts = url.is_web(value) and plain_url(value)
  if not parts or parts.user then return nil end
  return parts.origin .. parts.path:gsub("/+$", "")
end

local function listen_address(value)
  local host, port = tostring(value):match("^(.+):(%d+)$")
  return host and is_host(host) and is_port(port, 0) and value or nil
end

local function rate(value)
  local count, seconds = tostring(value):match("^(%d+)/(%d*%.?%d+)$")
  count, seconds = math.tointeger(count or ""), tonumber(seconds)
  if not count or count < 1 or count > 1000000 or seconds <= 0 or seconds > 3600 then return nil end
  return { count = count, seconds = seconds }
end

---@class reel.Setting
---@field name string
---@field expected string     For messages: "expected …".
---@field check fun(value: any): any
---@field default any         nil: not set.
---@field env string?         The only variable, in place of REEL_<NAME>.
---@field secret boolean?     Its value is in no message, and it cannot be a flag.
---@field is_path boolean?    In the settings file, relative to that file.

---@type reel.Setting[]
settings.list = {
  { name = "base_url", check = base_url, default = settings.VENDOR_URL,
    expected = "a plainly spelled http or https URL without user, query and fragment" },
  { name = "upload_url", check = base_url,
    expected = "a plainly spelled http or https URL without user, query and fragment" },
  { name = "api_key", check = secret, env = "KIE_API_KEY", secret = true,
    expected = "printable ASCII characters without spaces, at most 512" },
  { name = "webhook_key", check = secret, env = "KIE_WEBHOOK_KEY", secret = true,
    expected = "printable ASCII characters without spaces, at most 512" },
  { name = "api_key_file", check = path, is_path = true, expected = "the path of a file" },
  { name = "journal", check = path, is_path = true, expected = 'a path, or "none"' },
  { name = "poll_first", check = number_from(0.05, 3600), default = 5,
    expected = "seconds, 0.05 to 3600" },
  { name = "poll_max", check = number_from(0.05, 3600), default = 15,
    expected = "seconds, 0.05 to 3600" },
  { name = "wait_timeout", check = number_from(0.05, 31536000), default = 1800,
    expected = "seconds, 0.05 or more" },
  { name = "create_rate", check = rate, default = "20/10",
    expected = 'a number of creates per seconds, like "20/10"' },
  { name = "create_parallel", check = integer_from(1, 4), default = 4,
    expected = "a whole number from 1 to 4" },
  { name = "callback_url", check = base_url,
    expected = "a plainly spelled http or https URL without user, query and fragment" },
  { name = "callback_listen", check = listen_address, default = "127.0.0.1:0",
    expected = 'an address and a port, like "127.0.0.1:0"' },
  { name = "proxy", check = proxy,
    expected = 'the URL of an http, https or socks proxy, or "none"' },
  { name = "ca_file", check = path, is_path = true,
    expected = "the path of a file with certificates (PEM)" },
  { name = "max_new", check = integer_from(0), expected = "a whole number, 0 or more" },
  { name = "max_credits", check = number_from(0), expected = "a number of credits, 0 or more" },
  { name = "retry_failed", check = boolean, default = false, expected = "true or false" },
  { name = "quiet", check = boolean, default = false, expected = "true or false" },
  { name = "json", check = boolean, default = false, expected = "true or false" },
  { name = "log_level", check = one_of("debug", "info", "warn", "error"), default = "info",
    expected = '"debug", "info", "warn" or "error"' },
}

settings.names, settings.by_name = {}, {}
for i, setting in ipairs(settings.list) do
  settings.names[i], settings.by_name[setting.name] = setting.name, setting
end

return settings
