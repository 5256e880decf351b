-- Checks what a task file says before it becomes a task again. The file may have been edited, or
-- may have come with a project from elsewhere, so it is data of which nothing is believed: not the
-- names of files, and not where a callback goes.
local json = require "reel.base.json"
local validate = require "reel.service.validate"

local saved_task = {}

local MAX_MS <const> = 2 ^ 53
local MAX_SIDE <const> = 16384
local MAX_CREDITS <const> = 1e6
local MAX_FRAME <const> = 100
local MAX_HANDLE <const> = 200
local MAX_MODEL <const> = 200
local MAX_CODE <const> = 20
local MAX_MESSAGE <const> = 4000
local HANDLE <const> = "^[%w_][%w_.-]*$"

local settled_states = { success = true, fail = true }
local other_states = { waiting = true, queuing = true, generating = true }

local function text(max, pattern)
  return function(value)
    return type(value) == "string" and #value <= max and (not pattern or value:find(pattern) ~= nil)
  end
end

local function integer(low, high)
  return function(value) return math.type(value) == "integer" and value >= low and value <= high end
end

local function amount(value)
  return type(value) == "number" and value >= 0 and value <= MAX_CREDITS
end

local function flag(value) return type(value) == "boolean" end

local function state(value) return settled_states[value] or other_states[value] end

-- The media of a task have its id as their name.
local function named_after_task(extension)
  return function(value, record) return value == record.id .. extension end
end

-- Field, check of a value, and whether the field may be missing.
local FIELDS <const> = {
  { "model", text(MAX_MODEL, "^[%w][%w._/-]*$") },
  { "param", function(value) return type(value) == "string" end },
  { "state", state },
  { "progress", integer(0, 100) },
  { "created_ms", integer(0, MAX_MS) },
  { "updated_ms", integer(0, MAX_MS) },
  { "completed_ms", integer(0, MAX_MS), true },
  { "credits", amount },
  { "video", named_after_task ".mp4", true },
  { "width", integer(1, MAX_SIDE), true },
  { "height", integer(1, MAX_SIDE), true },
  { "marks", flag, true },
  { "marked", flag, true },
  { "sheet", named_after_task ".jpg", true },
  { "portrait_frame", integer(0, MAX_FRAME), true },
  { "handle", text(MAX_HANDLE, HANDLE), true },
  { "character_id", text(MAX_HANDLE, "^char_%x+$"), true },
  { "fail_code", text(MAX_CODE), true },
  { "fail_msg", text(MAX_MESSAGE), true },
}

local function read_fields(record)
  local task = { id = record.id }
  for _, row in ipairs(FIELDS) do
    local name, check, is_optional = table.unpack(row)
    local value = record[name]
    if value == nil and not is_optional or value ~= nil and not check(value, record) then
      return nil, ("its field %s has a wrong value"):format(name)
    end
    task[name] = value
  end
  return task
end

-- The input of a settled task is only looked at for words, so what the create has checked is not
-- checked again: a later version may have other rules.
local function input_of(param)
  local request = json.decode(param)
  if type(request) ~= "table" or type(request.input) ~= "table" then return nil end
  local input = {}
  for name, value in pairs(request.input) do
    if value ~= json.null then input[name] = value end
  end
  return input
end

---Makes a task of what a task file says. It gets no callback URL: callbacks of an earlier run are
---not sent, since a file would choose where they go.
---@param record table   Its id was checked.
---@return reel.service.Task? task
---@return string? message
function saved_task.read(record)
  local task, message = read_fields(record)
  if not task then return nil, message end
  if settled_states[task.state] then
    task.input = input_of(task.param)
    if not task.input then return nil, "it has no request" end
    if not task.completed_ms then return nil, "it has ended at no time" end
    return task
  end
  local request, _, problem = validate.create(task.param)
  if not request then return nil, problem end
  if request.model.name ~= task.model then return nil, "its request is for another model" end
  task.input = request.input
  return task
end

return saved_task
