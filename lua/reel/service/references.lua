-- Checks the fields that refer to tasks, clips and characters of this service. These rules need the
-- state of the service.
local url = require "reel.core.url"

local references = {}

local SHARED_CLIPS <const> = "https://sora.chatgpt.com"
local HANDLE <const> = "^[%w_][%w_.-]*$"

local function origin_task_id(id, context)
  local origin = context.tasks:get(id)
  if not origin then return "no task has the id " .. id end
  if not origin.video then
    return ("the task %s is no finished video (it is: %s)"):format(id, origin.state)
  end
end

local function is_shared_clip(link)
  local parts = url.parse(link)
  return parts and parts.origin == SHARED_CLIPS and not parts.user and parts.path ~= "/"
end

local function video_url(link, context)
  if is_shared_clip(link) then return end
  local name = context.files:name_of(link)
  if not name then
    return ("expected a link that starts with %s/, or a clip of this service"):format(SHARED_CLIPS)
  end
  if not context.tasks:by_video(name) then return "this service has no clip " .. link end
end

local function character_user_name(name, context)
  if not name:find(HANDLE) then
    return "expected letters, digits, '_', '.' and '-', without the @"
  end
  if context.tasks:has_handle(name) then return ("the name %s is taken"):format(name) end
end

local RULES <const> = {
  { "origin_task_id", origin_task_id },
  { "video_url", video_url },
  { "character_user_name", character_user_name },
}

---Checks the fields of an input.
---@param input table<string, any>
---@param context reel.service.Context
---@return boolean? valid
---@return string? message
function references.check(input, context)
  for _, rule in ipairs(RULES) do
    local name, check = rule[1], rule[2]
    local value = input[name]
    local problem = type(value) == "string" and value ~= "" and check(value, context)
    if problem then return nil, name .. ": " .. problem end
  end
  return true
end

return references
