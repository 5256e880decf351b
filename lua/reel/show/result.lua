-- Prints the result of a task that is done, in a form that a shell can use: one thing on each line.
local output = require "reel.base.output"

local result = {}

local function print_plain(task, path)
  if path then return output.print_path(path) end
  if task.handle then return output.print(task.handle) end
  for _, url in ipairs(task.urls) do output.print(url) end
end

local function print_json(task, path)
  output.print_json({
    task_id = task.id, model = task.model, state = task.state, handle = task.handle, path = path,
    urls = task.urls[1] and task.urls, elapsed = task.elapsed, credits = task.credits,
  })
end

--- Prints where a task's result is: the path it was saved to, or its handle, or its URLs.
---@param task reel.Task
---@param path string?
---@param as_json boolean?
function result.print(task, path, as_json)
  local show = as_json and print_json or print_plain
  show(task, path)
end

return result
