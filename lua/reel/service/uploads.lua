-- The service as upload host: it keeps files that clients send and gives URLs that tasks can use.
local core_files = require "reel.core.files"
local digest = require "reel.core.digest"
local files = require "reel.service.files"
local json = require "reel.base.json"
local reply = require "reel.service.reply"

local uploads = {}

local MAX_FOLDERS <const> = 8 -- of an uploadPath; ours

-- The vendor takes 10 MB as base64, which needs less than 14 MiB in its envelope. Source: vendor's
-- upload pages, read 2026-03.
local MAX_BASE64_BYTES <const> = 14 * 1024 * 1024

local EXTENSIONS <const> = {
  ["image/jpeg"] = "jpg", ["image/png"] = "png", ["image/webp"] = "webp",
}

local function refuse(message)
  return reply.json { success = false, code = 422, msg = message, data = json.null }
end

local function random_name(extension)
  local id = digest.random(8):gsub(".", function(char) return ("%02x"):format(char:byte()) end)
  return id .. "." .. extension
end

local function text_or_nil(value)
  return type(value) == "string" and value ~= "" and value or nil
end

-- The folder below files/ for an uploadPath such as "images/mine"; nil when it has other names than
-- plain ones, or too many.
local function folder_of(upload_path)
  local segments = { "uploads" }
  for segment in (upload_path or ""):gmatch("[^/]+") do
    if not files.is_name(segment) or #segments > MAX_FOLDERS then return nil end
    segments[#segments + 1] = segment
  end
  return table.concat(segments, "/")
end

-- Returns the name of an upload below files/, or nil and a refusal.
local function choose_name(upload_path, file_name)
  local folder = folder_of(upload_path)
  if not folder then
    return nil, refuse(("uploadPath: expected plain names of at most %d folders"):format(
      MAX_FOLDERS))
  end
  if not files.is_name(file_name) then
    return nil, refuse("fileName: expected a plain file name")
  end
  return folder .. "/" .. file_name
end

local function describe(name, file_name, context)
  local _, size = context.files:find(name)
  return reply.json {
    success = true, code = 200, msg = "File uploaded successfully",
    data = {
      success = true, fileName = file_name, filePath = name,
      fileSize = size,
      downloadUrl = context.files:url(name), mimeType = files.content_type(file_name),
      uploadedAt = os.date("!%Y-%m-%dT%H:%M:%S.000Z"),
    },
  }
end

local function extension_of(file_name)
  return file_name:match("%.(%w+)$") or "bin"
end

---Answers POST /api/file-stream-upload: a form with `file`, and perhaps `uploadPath` and
---`fileName`. An earlier file of that name is overwritten, as at the vendor.
---@async
---@param request table
---@param _ string
---@param context reel.service.Context
---@return reel.service.Answer
function uploads.stream(request, _, context)
  if not request.files then return refuse("expected multipart/form-data with a boundary") end
  local file, fields = request.files.file, request.fields
  if not file then return refuse("file: This field is required") end
  local file_name = text_or_nil(fields.fileName) or random_name(extension_of(file.filename))
  local name, refusal = choose_name(fields.uploadPath, file_name)
  if not name then return refusal end
  local folder <close>, last = context.files:place(name)
  assert(folder, last)
  local copied, _, problem = core_files.copy(file.path, last, folder)
  assert(copied, problem)
  return describe(name, file_name, context)
end

---Answers POST /api/file-base64-upload: JSON with `base64Data`, which may be a data URL.
---@param _ table
---@param body string
---@param context reel.service.Context
---@return reel.service.Answer
function uploads.base64(_, body, context)
  local request, message = json.decode(body, { max_bytes = MAX_BASE64_BYTES })
  if type(request) ~= "table" then return refuse(message or "expected a JSON object") end
  local data = text_or_nil(request.base64Data)
  if not data then return refuse("base64Data: This field is required") end
  local mime_type, rest = data:match("^data:([^;,]*);base64,(.*)$")
  local content = digest.unbase64(rest or data)
  if not content then return refuse("base64Data: expected base64") end
  local file_name = text_or_nil(request.fileName) or random_name(EXTENSIONS[mime_type] or "bin")
  local name, refusal = choose_name(text_or_nil(request.uploadPath), file_name)
  if not name then return refusal end
  local folder <close>, last = context.files:place(name)
  assert(folder, last)
  local written, _, problem = folder:write(last, content)
  assert(written, problem)
  return describe(name, file_name, context)
end

return uploads
