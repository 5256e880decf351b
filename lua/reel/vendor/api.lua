-- Requests to the vendor's endpoints, which endpoints.lua lists: the credentials that they carry,
-- and what their answers mean. The paid one is sent by pay/send.lua.
local Error = require "reel.base.error"
local answer = require "reel.vendor.answers"
local canonical = require "reel.base.canonical_json"
local endpoints = require "reel.vendor.endpoints"
local http = require "reel.core.http"
local config = require "reel.config"

local api = {}

--- The headers that authenticate a request to the vendor. Raises "config" without a key.
---@return string[]
function api.headers(...)
  local key = config.settings().api_key
  if not key then
    Error.raise({
      kind = "config",
      message = "there is no API key: set KIE_API_KEY (keys are made at " .. endpoints.KEY_PAGE
        .. "), or try everything without one by the local service: reel --local FILE",
    })
  end
  return { "Authorization: Bearer " .. key, "Accept: application/json", ... }
end

local function escaped(text)
  return (text:gsub("[^%w%-_.]", function(c) return ("%%%02X"):format(c:byte()) end))
end

--- The URL of an endpoint.
---@param name reel.EndpointName
---@param argument? string   for an endpoint whose URL takes one
---@return string
function api.url(name, argument)
  local endpoint = endpoints.by_name[name]
  local url = config.settings()[endpoint.host] .. endpoint.path
  return argument and url .. "?" .. endpoint.query .. "=" .. escaped(argument) or url
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
    body = body and canonical.encode(body),
  })
end

--- An error of the right kind for a request that was denied or came to nothing.
---@param verdict table   of vendor/answers.lua
---@param fields table?   more fields of the error
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
---@return table verdict   as answer.query
function api.query(task_id)
  local response, word, message = api.request("record", { argument = task_id })
  return answer.query(response, task_id, word, message)
end

--- The account's credits.
---@async
---@return number
function api.credits()
  local response, word, message = api.request("credit")
  local verdict = answer.value(response, word, message)
  if verdict.class == "value" and type(verdict.value) == "number" then return verdict.value end
  Error.raise(api.error(verdict))
end

return api
