-- All tasks of a service, in memory and on disk. No other module changes a task. The answer to a
-- poll is encoded once after each change of a task, since most polls find nothing new.
local clock = require "reel.service.clock"
local digest = require "reel.core.digest"
local record = require "reel.service.record"
local saved_task = require "reel.service.saved_task"

---@class reel.service.Task
---@field id string
---@field model string
---@field param string        The body of the create, as the client sent it.
---@field input table         Its input, without nulls.
---@field callback_url? string
---@field state "waiting"|"queuing"|"generating"|"success"|"fail"
---@field progress integer    0 to 100
---@field generating_ms? integer  When the state "generating" began.
---@field expected_ms? number     How long that state should last.
---@field created_ms integer
---@field updated_ms integer
---@field completed_ms? integer
---@field credits number      The price; 0 after a failure.
---@field video? string       Name of the clip, below /files/.
---@field width? integer
---@field height? integer
---@field marks? boolean      The model can mark its clips.
---@field marked? boolean     This clip carries the mark.
---@field sheet? string       Name of a character's sheet, below /files/.
---@field portrait_frame? integer  The key frame that shows a clip's subject best.
---@field handle? string      The name of a character, without the @; reserved from the create on.
---@field character_id? string
---@field fail_code? string
---@field fail_msg? string

---@class reel.service.Tasks
local Tasks = {}
local tasks_mt = { __name = "reel.service.Tasks", __index = Tasks }

local tasks = {}

local SAVED <const> = {
  "id", "model", "param", "state", "progress", "created_ms", "updated_ms", "completed_ms",
  "credits", "video", "width", "height", "marks", "marked", "sheet", "portrait_frame", "handle",
  "character_id", "fail_code", "fail_msg",
}

local function is_settled(task)
  return task.state == "success" or task.state == "fail"
end

local function random_id(bytes)
  return (digest.random(bytes):gsub(".", function(char) return ("%02x"):format(char:byte()) end))
end

local function save(self, task)
  local fields = {}
  for _, name in ipairs(SAVED) do
    fields[name] = task[name]
  end
  return self._store:save(task.id, fields)
end

local function index(self, task)
  self._by_id[task.id] = task
  if task.video then self._by_video[task.video] = task end
  if task.handle and task.state ~= "fail" then self._by_handle[task.handle] = task end
end

local function change(self, task, fields)
  for name, value in pairs(fields) do
    task[name] = value
  end
  task.updated_ms = clock.now_ms()
  self._answers[task] = nil
end

---The task of an id.
---@param id string
---@return reel.service.Task?
function Tasks:get(id)
  return self._by_id[id]
end

---The task that made a clip.
---@param name string   The name of the clip below /files/.
---@return reel.service.Task?
function Tasks:by_video(name)
  return self._by_video[name]
end

---Whether a character has the handle, finished or not.
---@param handle string
---@return boolean
function Tasks:has_handle(handle)
  return self._by_handle[handle] ~= nil
end

---Whether a finished character has the handle.
---@param handle string
---@return boolean
function Tasks:has_character(handle)
  local task = self._by_handle[handle]
  return task ~= nil and task.state == "success"
end

-- Progress rises in steps of 10 with the expected time. It stays at 90 when that time has passed.
local function update_progress(self, task)
  if task.state ~= "generating" then return end
  local share = (clock.now_ms() - task.generating_ms) / task.expected_ms
  local progress = math.min(90, share * 100 // 10 * 10)
  if progress ~= task.progress then change(self, task, { progress = math.tointeger(progress) }) end
end

---Returns the body of a recordInfo answer.
---@param task reel.service.Task
---@return string
function Tasks:answer(task)
  update_progress(self, task)
  local answer = self._answers[task]
  if not answer then
    answer = record.encode(task, self._files)
    self._answers[task] = answer
  end
  return answer
end

---Adds a new task and writes it to disk, so that a restart finds it.
---@param fields { model: string, param: string, input: table, callback_url?: string,
---  credits: number, handle?: string, marks?: boolean }
---@return reel.service.Task? task
---@return string? message
function Tasks:add(fields)
  local task = {
    id = random_id(16), state = "waiting", progress = 0, created_ms = clock.now_ms(),
    character_id = fields.handle and "char_" .. random_id(8) or nil,
  }
  change(self, task, fields)
  local saved, message = save(self, task)
  if not saved then return nil, message end
  index(self, task)
  return task
end

---Changes a task on its way to the end. The change is not written to disk, since a restart repeats
---it.
---@param task reel.service.Task
---@param fields table
function Tasks:move(task, fields)
  change(self, task, fields)
end

---Ends a task and writes it to disk: state "success" with its files, or "fail" with the reason.
---@param task reel.service.Task
---@param fields table
function Tasks:settle(task, fields)
  change(self, task, fields)
  task.completed_ms = task.updated_ms
  if task.state == "fail" and task.handle then self._by_handle[task.handle] = nil end
  index(self, task)
  local saved, message = save(self, task)
  if not saved then self._log("error", ("task %s: %s"):format(task.id, message)) end
end

---Returns the tasks that a restart has to finish, oldest first.
---@return reel.service.Task[]
function Tasks:unsettled()
  local found = {}
  for _, task in pairs(self._by_id) do
    if not is_settled(task) then found[#found + 1] = task end
  end
  table.sort(found, function(a, b) return a.created_ms < b.created_ms end)
  return found
end

---@param store reel.service.Store
---@param files reel.service.Files
---@param log fun(level: string, text: string)
---@return reel.service.Tasks
function tasks.new(store, files, log)
  local self = setmetatable({
    _by_id = {}, _by_video = {}, _by_handle = {}, _answers = {},
    _store = store, _files = files, _log = log,
  }, tasks_mt)
  local records, warn = store:load(log)
  for _, fields in ipairs(records) do
    local task, message = saved_task.read(fields)
    if task then index(self, task) else warn(fields.id .. ".json", message) end
  end
  return self
end

return tasks
