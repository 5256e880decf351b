-- The vendor's endpoints, except the paid one (pay/ensure.lua): who may be asked, with which
-- credentials, and what an answer means.
local Error = require "reel.base.error"
local answer = require "reel.vendor.answers"
local http = require "reel.core.http"
local config = require "reel.config"

local api = {}

local KEY_PAGE <const> = "https://kie.ai/api-key"

--- The headers that authenticate a request to the vendor. Raises "config" without a key.
---@return string[]
function api.headers(...)
  local key = config.settings().api_key
  if not key then
    Error.raise({
      kind = "config",
      message = "there is no API key: set KIE_API_KEY (keys are made at " .. KEY_PAGE
        .. "), or try everything without one by the local service: reel --local FILE",
    })
  end
  return { "Authorization: Bearer " .. key, "Accept: application/json", ... }
end

---@param path string   begins with "/"
---@return string
function api.url(path)
  return config.settings().base_url .. path
end

--- The URL that tells a task's record.
---@param task_id string
function api.record_url(task_id)
  local id = task_id:gsub("[^%w%-_.]", function(c) return ("%%%02X"):format(c:byte()) end)
  return api.url("/api/v1/jobs/recordInfo?taskId=" .. id)
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
    err.message = err.message .. " (keys are made at " .. KEY_PAGE .. ")"
  end
  for name, value in pairs(fields or {}) do err[name] = value end
  return Error.new(err)
end

--- Asks for a task's record once.
---@async
---@return table verdict   as answer.query
function api.query(task_id)
  local response, word, message = http.request({
    url = api.record_url(task_id), headers = api.headers(),
  })
  return answer.query(response, task_id, word, message)
end

--- The account's credits.
---@async
---@return number
function api.credits()
  local response, word, message = http.request({
    url = api.url("/api/v1/chat/credit"), headers = api.headers(),
  })
  local verdict = answer.value(response, word, message)
  if verdict.class == "value" and type(verdict.value) == "number" then return verdict.value end
  Error.raise(api.error(verdict))
end

return api
