-- Makes the file of a task: renders it, copies it, or writes a grey clip when nothing is rendered.
local blank = require "reel.service.blank"
local lfs = require "lfs"
local process = require "reel.core.process"
local store = require "reel.service.store"

local production = {}

local NICE <const> = 10 -- lets the user's other programs run first
local ERROR_BYTES <const> = 4096

local function last_line(text)
  return text:match("([^\n]+)%s*$") or "no message"
end

-- A killed ffmpeg leaves a valid but shorter file, so only the exit code says that it is whole.
local function render(plan, path)
  for _, file in ipairs(plan.files) do
    local written, message = store.write_file(plan.cwd .. "/" .. file.name, file.text)
    if not written then return nil, message end
  end
  local result, word, message = process.run {
    argv = plan.argv, cwd = plan.cwd, timeout = plan.timeout, nice = NICE,
    max_output = ERROR_BYTES, confined = true,
  }
  if not result then return nil, word .. ": " .. message end
  if result.code ~= 0 then return nil, "ffmpeg: " .. last_line(result.stderr) end
  return os.rename(plan.cwd .. "/" .. plan.output .. ".part", path)
end

---Makes the file that the work describes.
---@async
---@param work reel.service.Work
---@param path string   A file appears here whole or not at all.
---@return boolean? made
---@return string? message
function production.make(work, path)
  if work.plan then return render(work.plan, path) end
  if work.copy_of then
    os.remove(path)
    return lfs.link(work.copy_of, path)
  end
  local bytes = blank.clip(work.fields.width, work.fields.height, work.seconds)
  return store.write_file(path, bytes)
end

return production
