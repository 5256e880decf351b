-- Makes the file of a task: renders it, copies it, or writes a grey clip when nothing is rendered.
local blank = require "reel.service.blank"
local files = require "reel.core.files"
local process = require "reel.core.process"

local production = {}

local NICE <const> = 10 -- lets the user's other programs run first
local ERROR_BYTES <const> = 4096

local function copy(path, folder, name)
  local copied, _, message = files.copy(path, name, folder)
  return copied, message
end

local function last_line(text)
  return text:match("([^\n]+)%s*$") or "no message"
end

-- A killed ffmpeg leaves a valid but shorter file, so only the exit code says that it is whole.
local function render(plan, work_folder, folder, name)
  for _, file in ipairs(plan.files) do
    local written, _, message = work_folder:write(file.name, file.text)
    if not written then return nil, message end
  end
  local result, word, message = process.run {
    argv = plan.argv, cwd = plan.cwd, timeout = plan.timeout, nice = NICE,
    max_output = ERROR_BYTES, confined = true,
  }
  if not result then return nil, word .. ": " .. message end
  if result.code ~= 0 then return nil, "ffmpeg: " .. last_line(result.stderr) end
  return copy(work_folder:path(plan.output .. ".part"), folder, name)
end

---Makes the file that the work describes.
---@async
---@param work reel.service.Work
---@param work_folder reel.core.Folder   For the files of a render; outside of the service's folder.
---@param folder reel.core.Folder
---@param name string   A file of this name appears in the folder whole or not at all.
---@return any made   Neither nil nor false.
---@return string? message
function production.make(work, work_folder, folder, name)
  if work.plan then return render(work.plan, work_folder, folder, name) end
  if work.copy_of then return copy(work.copy_of, folder, name) end
  local bytes = blank.clip(work.fields.width, work.fields.height, work.seconds)
  local written, _, message = folder:write(name, bytes)
  return written, message
end

return production
