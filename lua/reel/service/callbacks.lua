-- Tells a client that its task has ended, by posting the record to the callBackUrl. The vendor
-- tries three times, 15 s each, until it gets a status 2xx. Source: vendor's callback pages, read
-- 2026-03.
local digest = require "reel.core.digest"
local http = require "reel.core.http"
local job = require "reel.core.job"
local record = require "reel.service.record"

local callbacks = {}

local TRIES <const> = 3
local TRY_TIMEOUT_S <const> = 15
local PAUSE_S <const> = 1

---The signature of a callback, over the task id and the time; the body is not signed.
---@param task_id string
---@param timestamp string   Unix seconds.
---@param key string
---@return string base64
function callbacks.sign(task_id, timestamp, key)
  return digest.base64(digest.hmac_sha256(key, task_id .. "." .. timestamp))
end

local function headers_for(task, webhook_key)
  local headers = { "Content-Type: application/json" }
  if webhook_key then
    local timestamp = tostring(os.time())
    headers[2] = "X-Webhook-Timestamp: " .. timestamp
    headers[3] = "X-Webhook-Signature: " .. callbacks.sign(task.id, timestamp, webhook_key)
  end
  return headers
end

local function try(task, context, body)
  local answer, word, message = http.request {
    method = "POST", url = task.callback_url, body = body, timeout = TRY_TIMEOUT_S,
    headers = headers_for(task, context.webhook_key), public_only = not context.allow_private,
  }
  if answer and answer.status // 100 == 2 then return true end
  return false, answer and "HTTP status " .. answer.status or message or word
end

---Delivers the callback of a settled task, if it wants one. Failed tries are warnings in the log.
---@async
---@param task reel.service.Task
---@param context reel.service.Context
function callbacks.deliver(task, context)
  if not task.callback_url then return end
  local body = record.encode(task, context.files, task.state == "fail" and 501 or 200)
  for attempt = 1, TRIES do
    local delivered, reason = try(task, context, body)
    if delivered then return end
    context.log("warn", ("callback %d of %d for task %s: %s"):format(
      attempt, TRIES, task.id, reason))
    if attempt < TRIES then job.sleep(PAUSE_S / context.speed) end
  end
end

return callbacks
