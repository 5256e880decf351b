-- Says which requests the service may answer. The service listens on loopback, but web pages reach
-- it there: a page can send requests to any address, and its own name can be made to lead to
-- 127.0.0.1 (DNS rebinding). Browsers name the page's host in Host and Origin; a program that was
-- pointed at the service names the service's own address.
local url = require "reel.core.url"

---@class reel.service.Access
local Access = {}
local access_mt = { __name = "reel.service.Access", __index = Access }

local access = {}

local EVERY_ADDRESS <const> = { ["0.0.0.0"] = true, ["::"] = true }

local function is_address(host)
  return host:find("^%d+%.%d+%.%d+%.%d+$") ~= nil or host:find("^%[[%x:.]+%]$") ~= nil
end

-- Whether "host:port" is the service. A service that listens at every address of the machine cannot
-- know all of them, but a name for one of them is not an address.
local function is_own(self, authority)
  local parts = authority:find("^[^/?#\\]+$") and url.parse("http://" .. authority)
  if not parts or parts.user or parts.port ~= self._port then return false end
  return self._hosts[parts.host] == true or self._is_everywhere and is_address(parts.host)
end

---Whether a request names this service as its Host.
---@param headers table<string, string>
---@return boolean
function Access:is_addressed(headers)
  return headers.host ~= nil and is_own(self, headers.host)
end

---Whether a request comes from the page of another site.
---@param headers table<string, string>
---@return boolean
function Access:is_foreign_page(headers)
  local origin = headers.origin
  return origin ~= nil and not is_own(self, origin:match("^http://([^/]+)$") or "")
end

---@param host string      the address that the service listens at
---@param port integer
---@return reel.service.Access
function access.new(host, port)
  local own = host:find(":", 1, true) and "[" .. host .. "]" or host
  return setmetatable({
    _port = tostring(port), _is_everywhere = EVERY_ADDRESS[host] or false,
    _hosts = { [own] = true, ["127.0.0.1"] = true, ["localhost"] = true, ["[::1]"] = true },
  }, access_mt)
end

return access
