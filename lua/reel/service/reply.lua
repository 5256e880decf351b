-- Answers as the API gives them: HTTP 200 with a JSON envelope, whose `code` tells the outcome.
-- Source: API document, "Response Parameters" and "Error Codes".
local canonical = require "reel.base.canonical_json"
local json = require "reel.base.json"

local reply = {}

local JSON_HEADERS <const> = { ["Content-Type"] = "application/json" }

---@class reel.service.Answer
---@field status integer
---@field headers table<string, string>
---@field body? string
---@field file? string

---An answer whose body is JSON text already.
---@param body string
---@param status? integer
---@return reel.service.Answer
function reply.text(body, status)
  return { status = status or 200, headers = JSON_HEADERS, body = body }
end

---@param envelope table
---@param status? integer
---@return reel.service.Answer
function reply.json(envelope, status)
  return reply.text(canonical.encode(envelope), status)
end

---@param data any
---@return reel.service.Answer
function reply.success(data)
  return reply.json { code = 200, msg = "success", data = data }
end

---An error of the API: HTTP 200, unless a path or a file does not exist.
---@param code integer
---@param message string
---@param status? integer
---@return reel.service.Answer
function reply.failure(code, message, status)
  return reply.json({ code = code, msg = message, data = json.null }, status)
end

---@param body string
---@return reel.service.Answer
function reply.page(body)
  return { status = 200, headers = { ["Content-Type"] = "text/plain; charset=utf-8" }, body = body }
end

return reply
