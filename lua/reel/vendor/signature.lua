-- Checks the signature of a callback: an HMAC-SHA-256 over the task's id and a time. One header has
-- the time and another one the signature. The body is not signed. Source: the vendor's webhook
-- page, read 2026-03.
local digest = require "reel.core.digest"

local signature = {}

local WINDOW <const> = 300 -- seconds that the signed time may differ from the clock here
local TIMESTAMP_HEADER <const> = "x-webhook-timestamp"
local SIGNATURE_HEADER <const> = "x-webhook-signature"

--- The signature that goes with a task's id and a time.
---@param task_id string
---@param timestamp string   Unix seconds
---@param key string
---@return string base64
function signature.of(task_id, timestamp, key)
  return digest.base64(digest.hmac_sha256(key, task_id .. "." .. timestamp))
end

--- What is wrong with the signature of a callback, as a sentence; nil if nothing is.
---@param headers table<string, string>   names in lower case
---@param task_id string?   the task that the callback names
---@param key string
---@return string? fault
function signature.fault(headers, task_id, key)
  local timestamp = headers[TIMESTAMP_HEADER] or ""
  local is_complete = task_id and timestamp:find("^%d+$") and #timestamp <= 12
  if not is_complete then return "it is not signed" end
  local expected = signature.of(task_id, timestamp, key)
  if not digest.equal(expected, headers[SIGNATURE_HEADER] or "") then
    return "its signature is wrong"
  end
  if math.abs(os.time() - math.tointeger(timestamp)) > WINDOW then return "it is stale" end
end

return signature
