-- Sends requests to the endpoints in endpoints.lua, with the credentials, and has answers.lua say
-- what the answers mean. pay/send.lua sends the one request that is paid for.
local Error = require "reel.base.error"
local answers = require "reel.vendor.answers"
local canonical_json = require "reel.base.canonical_json"
local endpoints = require "reel.vendor.endpoints"
local http = require "reel.core.http"
local config = require "reel.config"

local api = {}

--- The headers that every request to the vendor has. Raises "config" if there is no API key, or if
--- it must not go where the settings say.
---@param ... string?   more headers of this request
---@return string[]
function api.headers(...)
  local key = config.usable("api_key")
  if not key then
    Error.raise({
      kind = "config",
      message = "there is no API key: set KIE_API_KEY (keys are made at " .. endpoints.KEY_PAGE
        .. "), or try everything without a key on the local service: reel --local FILE",
    })
  end
  return { "Authorization: Bearer " .. key, "Accept: application/json", ... }
end

local function percent_encoded(text)
  return (text:gsub("[^%w%-_.]", function(c) return ("%%%02X"):format(c:byte()) end))
end

--- The URL of an endpoint.
---@param name reel.EndpointName
---@param argument? string   the value of the endpoint's `query`
---@return string
function api.url(name, argument)
  local endpoint = endpoints.by_name[name]
  local url = config.settings()[endpoint.host] .. endpoint.path
  return argument and url .. "?" .. endpoint.query .. "=" .. percent_encoded(argument) or url
end

--- Sends a request that costs nothing.
---@async
---@param name reel.EndpointName
---@param options? { argument: string?, body: table? }   `argument` as in api.url; `body` is sent
---  as JSON
---@return table? response, string? word, string? message   as http.request
function api.request(name, options)
  local endpoint = endpoints.by_name[name]
  assert(not endpoint.paid, "only pay/send.lua sends what is paid for")
  local argument, body = options and options.argument, options and options.body
  return http.request({
    method = endpoint.method, url = api.url(name, argument),
    headers = api.headers(body and "Content-Type: application/json"),
    body = body and canonical_json.encode(body),
  })
end

--- The error for a verdict other than the one that was hoped for.
---@param verdict table   of vendor/answers.lua
---@param fields table?   fields of the error that replace those of the verdict
---@return reel.Error
function api.error(verdict, fields)
  local err = {
    kind = verdict.kind or "server", message = verdict.message, code = verdict.code,
    http_status = verdict.http_status, retryable = verdict.retryable,
  }
  if err.kind == "auth" then
    err.message = err.message .. " (keys are made at " .. endpoints.KEY_PAGE .. ")"
  end
  for name, value in pairs(fields or {}) do err[name] = value end
  return Error.new(err)
end

--- Asks for a task's record once.
---@async
---@param task_id string
---@return table verdict   as answers.query
function api.query(task_id)
  local response, word, message = api.request("record", { argument = task_id })
  return answers.query(response, task_id, word, message)
end

--- The account's balance. Raises the error if the vendor does not tell.
---@async
---@return number credits
function api.credits()
  local response, word, message = api.request("credit")
  local verdict = answers.value(response, word, message)
  if verdict.class == "value" and type(verdict.value) == "number" then return verdict.value end
  Error.raise(api.error(verdict))
end

return api
