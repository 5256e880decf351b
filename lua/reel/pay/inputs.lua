-- Replaces the Tasks and the paths of local files in an input. A Task is replaced by its id or its
-- URL. A file is replaced by a stand-in, a URL made from its content, so that the same picture has
-- the same call key whatever its path is. When the call is sent, each stand-in is replaced by the
-- URL of the upload.
local Error = require "reel.base.error"
local Task = require "reel.tasks.task"
local task_ids = require "reel.vendor.task_ids"
local upload = require "reel.vendor.upload"
local uploads = require "reel.pay.uploads"

local inputs = {}

-- A stand-in has the SHA-256 and the extension of its file. Hosts in .invalid never resolve
-- (RFC 2606).
local STAND_IN <const> = "https://upload.invalid/%s.%s"
local STAND_IN_PATTERN <const> = "^https://upload%.invalid/(%x+)%.%w+$"

local function refuse_field(field, message)
  return nil, Error.new({ kind = "invalid", message = field.name .. ": " .. message,
    problems = { { field = field.name, message = message } } })
end

local function task_value(field, task)
  if field.format ~= "url" then return task.id end
  task:wait()
  if task.urls[1] then return task.urls[1] end
  return refuse_field(field, ("task %s has no result URL"):format(task_ids.shown(task.id)))
end

local function is_path(value)
  return type(value) == "string" and value ~= "" and not value:find("%z")
    and not value:find("^%a[%w+.-]*:")
end

local function file_value(field, path, files)
  local file, err = upload.inspect(path, field)
  if not file then return refuse_field(field, err.message) end
  local stand_in = STAND_IN:format(file.content, file.extension)
  files[stand_in] = file
  return stand_in
end

local function file_values(field, list, files)
  local copy = {}
  for i, value in ipairs(list) do
    if is_path(value) then
      local stand_in, err = file_value(field, value, files)
      if not stand_in then return nil, err end
      value = stand_in
    end
    copy[i] = value
  end
  return copy
end

local function resolve_field(field, value, files)
  if field.accepts == "task" and Task.is(value) then return task_value(field, value) end
  if field.accepts ~= "files" then return value end
  if type(value) == "table" then return file_values(field, value, files) end
  return value
end

--- Replaces Tasks and files by strings. Other values are copied; pay/validate.lua checks them.
---@async
---@param model reel.Model
---@param input table
---@return table? input   a copy
---@return reel.Error|table<string, reel.LocalFile>   stand-in -> its file
function inputs.resolve(model, input)
  if type(input) ~= "table" then return input, {} end
  local copy, files = {}, {}
  for name, value in pairs(input) do copy[name] = value end
  for _, field in ipairs(model.fields) do
    if copy[field.name] ~= nil then
      local value, err = resolve_field(field, copy[field.name], files)
      if value == nil then return nil, err end
      copy[field.name] = value
    end
  end
  return copy, files
end

--- The content of the file whose stand-in a value is; nil: the value is not a stand-in.
---@param value string
---@return string? content   as in reel.LocalFile
function inputs.content_of(value)
  return value:match(STAND_IN_PATTERN)
end

local function replaced(value, urls)
  if type(value) == "string" then return urls[value] or value end
  if type(value) ~= "table" then return value end
  for key, item in pairs(value) do value[key] = replaced(item, urls) end
  return value
end

--- Uploads the files of a request and replaces their stand-ins by URLs. Changes the request.
---@async
---@param request table
---@param files table<string, reel.LocalFile>   as inputs.resolve returns them
---@return table? request, reel.Error? err
function inputs.send_files(request, files)
  local urls = {}
  for stand_in, file in pairs(files) do
    local url, err = uploads.url_of(file)
    if not url then return nil, err end
    urls[stand_in] = url
  end
  return replaced(request, urls)
end

return inputs
