-- Answers a request by its method and path. Paths below /api/ need the key; files do not.
local create = require "reel.service.create"
local files = require "reel.service.files"
local json = require "reel.base.json"
local outcomes = require "reel.service.outcomes"
local reply = require "reel.service.reply"
local uploads = require "reel.service.uploads"

local routes = {}

---@alias reel.service.Handler
---| fun(request: table, body: string, context: reel.service.Context): reel.service.Answer

local function record_info(request, _, context)
  local id = request.query.taskId
  if not id or id == "" then return reply.failure(422, "taskId: This field is required") end
  local task = context.tasks:get(id)
  if not task then return reply.failure(422, "recordInfo is null") end
  return reply.text(context.tasks:answer(task))
end

local function credit(_, _, context)
  return reply.success(context.account.credits)
end

-- The vendor gives a link that is valid for 20 minutes; a link of this service is valid as long as
-- the file exists.
local function download_url(_, body, context)
  local request = json.decode(body)
  local url = type(request) == "table" and request.url
  local name = type(url) == "string" and context.files:name_of(url)
  if not name or not context.files:find(name) then return reply.failure(422, "url is wrong") end
  return reply.success(context.files:url(name))
end

local PAGE <const> = [[
reel's local service

This is the video-task API on your own machine, to try things and to test. The clips are drawn by
ffmpeg from your prompt: they are previews, not Sora, and cost nothing.

  POST /api/v1/jobs/createTask         GET  /api/v1/jobs/recordInfo?taskId=...
  GET  /api/v1/chat/credit             POST /api/v1/common/download-url
  POST /api/file-stream-upload         POST /api/file-base64-upload
  GET  /files/...

These words in a prompt force an outcome:

]]

local function page(_, _, context)
  local lines = {}
  for i, outcome in ipairs(outcomes.list) do
    lines[i] = ("  %-20s %s\n"):format(outcome.word, outcome.doc)
  end
  local notice = context.notice and "\n" .. context.notice .. "\n" or ""
  return reply.page(PAGE .. table.concat(lines) .. notice)
end

---@type table<string, reel.service.Handler>
local HANDLERS <const> = {
  ["GET /"] = page,
  ["POST /api/v1/jobs/createTask"] = create,
  ["GET /api/v1/jobs/recordInfo"] = record_info,
  ["GET /api/v1/chat/credit"] = credit,
  ["POST /api/v1/common/download-url"] = download_url,
  ["POST /api/file-stream-upload"] = uploads.stream,
  ["POST /api/file-base64-upload"] = uploads.base64,
}

local function not_found(path)
  return reply.failure(404, "Resource not found: " .. path, 404)
end

local function file(request, context)
  local name = request.path:match("^/files/(.+)$")
  local path = name and context.files:find(name)
  if not path or request.method ~= "GET" and request.method ~= "HEAD" then
    return not_found(request.path)
  end
  -- A browser must not guess that an upload is a page and run it.
  local headers = {
    ["Content-Type"] = files.content_type(name), ["X-Content-Type-Options"] = "nosniff",
  }
  return { status = 200, headers = headers, file = path }
end

local function body_of(request)
  if not request.body_file then return request.body or "" end
  local handle <close> = assert(io.open(request.body_file, "rb"))
  return handle:read("a")
end

---Answers one request.
---@param request table   Of reel.core.server.
---@param context reel.service.Context
---@return reel.service.Answer
function routes.answer(request, context)
  local path = request.path
  if not context.access:is_addressed(request.headers) then
    return reply.failure(421, "Host: this service answers only to its own address", 421)
  end
  if path:sub(1, 5) == "/api/" and not context.account:admits(request.headers.authorization) then
    return reply.failure(401, "You do not have access permissions: check the API key")
  end
  if context.access:is_foreign_page(request.headers) then
    return reply.failure(403, "Origin: this service does not answer web pages of other sites", 403)
  end
  local handler = HANDLERS[request.method .. " " .. path]
  if not handler then return file(request, context) end
  return handler(request, body_of(request), context)
end

return routes
