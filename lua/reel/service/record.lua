-- A task in the form in which recordInfo shows it. Source: API document, "Query Task Status"; the
-- live API for the newer fields progress, creditsConsumed and updateTime.
local canonical_json = require "reel.base.canonical_json"
local json = require "reel.base.json"

local record = {}

local CHARACTER_REMARK <const> =
  "insert this username directly into your prompt.(@character_user_name)."

local function urls_of(name, files)
  return json.array(name and { files:url(name) } or {})
end

local function result_of(task, files)
  if task.handle then
    return { resultObject = {
      character_id = task.character_id, character_user_name = task.handle,
      remark = CHARACTER_REMARK,
    } }
  end
  local result = { resultUrls = urls_of(task.video, files) }
  if task.marks then
    result.resultWaterMarkUrls = urls_of(task.marked and task.video or nil, files)
  end
  return result
end

local function result_json(task, files)
  return task.state == "success" and canonical_json.encode(result_of(task, files)) or ""
end

local function data_of(task, files)
  return {
    taskId = task.id, model = task.model, state = task.state, param = task.param,
    resultJson = result_json(task, files),
    failCode = task.fail_code or json.null, failMsg = task.fail_msg or json.null,
    costTime = task.state == "success" and task.completed_ms - task.created_ms or json.null,
    completeTime = task.completed_ms or json.null, createTime = task.created_ms,
    updateTime = task.updated_ms, progress = task.progress, creditsConsumed = task.credits,
  }
end

---Returns the body of a recordInfo answer or of a callback.
---@param task reel.service.Task
---@param files reel.service.Files
---@param code? integer   Default 200. The callback of a failed task has 501.
---@return string
function record.encode(task, files, code)
  local message = (code or 200) == 200 and "success" or task.fail_msg
  return canonical_json.encode { code = code or 200, msg = message, data = data_of(task, files) }
end

return record
