-- Makes answers in the form of the API: HTTP 200 with a JSON envelope, whose `code` is the outcome.
-- Source: API document, "Response Parameters" and "Error Codes".
local canonical_json = require "reel.base.canonical_json"
local json = require "reel.base.json"

local reply = {}

local JSON_HEADERS <const> = { ["Content-Type"] = "application/json" }

---@class reel.service.Answer
---@field status integer
---@field headers table<string, string>
---@field body? string
---@field file? string

---An answer whose body is given as JSON text.
---@param body string
---@param status? integer
---@return reel.service.Answer
function reply.text(body, status)
  return { status = status or 200, headers = JSON_HEADERS, body = body }
end

---An answer whose body is given as a table.
---@param envelope table
---@param status? integer
---@return reel.service.Answer
function reply.json(envelope, status)
  return reply.text(canonical_json.encode(envelope), status)
end

---An answer with code 200.
---@param data any
---@return reel.service.Answer
function reply.success(data)
  return reply.json { code = 200, msg = "success", data = data }
end

---An answer with the code of an error.
---@param code integer
---@param message string
---@param status? integer   Default 200; 404 where the path or file does not exist.
---@return reel.service.Answer
function reply.failure(code, message, status)
  return reply.json({ code = code, msg = message, data = json.null }, status)
end

---An answer for people: plain text.
---@param body string
---@return reel.service.Answer
function reply.page(body)
  return { status = 200, headers = { ["Content-Type"] = "text/plain; charset=utf-8" }, body = body }
end

return reply
