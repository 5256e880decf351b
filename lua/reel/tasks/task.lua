-- A task: one generation at the vendor. Its fields are updated from the vendor's record. A wait for
-- a task suspends the calling job only.
local Error = require "reel.base.error"
local canonical_json = require "reel.base.canonical_json"
local events = require "reel.base.events"
local job = require "reel.core.job"
local json = require "reel.base.json"
local results = require "reel.tasks.results"
local media = require "reel.tasks.media"
local records = require "reel.vendor.records"
local config = require "reel.config"
local session = require "reel.session"
local poller = require "reel.tasks.poller"
local task_ids = require "reel.vendor.task_ids"
local text = require "reel.base.text"

---@class reel.Task
---@field id string
---@field model string?
---@field state "waiting"|"queuing"|"generating"|"success"|"fail"|string
---@field progress number?           0 to 100; nil: the vendor did not tell it
---@field urls string[]              of the results, once the state is "success"
---@field watermarked_urls string[]
---@field object table?              the result of a character task
---@field handle string?             "@name" of a character, for prompts
---@field fail_code string?
---@field fail_msg string?
---@field reason reel.FailReason?    why it failed, if reel knows the vendor's text
---@field elapsed number?            seconds from creation to the end, or to now
---@field credits number?            what it cost; nil: the vendor did not tell it
---@field input table?               as it was sent
---@field request table?             the whole request, as the vendor echoes it
local Task = {}

local getters = {}

function getters.elapsed(task)
  return task._elapsed or (task._created and job.now() - task._created)
end

function getters.request(task)
  local request = records.request { param = task._param }
  rawset(task, "request", request)
  return request
end

-- Called for tasks that were attached by id; tasks made by a call know their input from the call.
function getters.input(task)
  return task.request and task.request.input
end

local task_mt = { __name = "reel.Task" }

function task_mt.__index(task, key)
  local getter = getters[key]
  if getter then return getter(task) end
  return Task[key]
end

function task_mt:__tostring()
  return text.line(("reel.Task %s (%s, %s)"):format(task_ids.shown(self.id),
    self.model or "model unknown", self.state))
end

-- When the task was created, on the clock of job.now(); the journal has the time of day.
local function created_at(attempt)
  if attempt.created then return attempt.created end
  return attempt.latched_ms and job.now() - (os.time() - attempt.latched_ms / 1000)
end

local function is_list_of_strings(value)
  if type(value) ~= "table" or not json.length(value) then return false end
  for _, item in ipairs(value) do
    if type(item) ~= "string" then return false end
  end
  return true
end

local function is_of(name)
  return function(value) return type(value) == name end
end

-- The fields that _journal_fields writes, and what they must be: the journal may come from anybody.
local restored_fields = {
  urls = is_list_of_strings, watermarked_urls = is_list_of_strings, object = is_of "table",
  handle = is_of "string", reason = is_of "string", _elapsed = is_of "number",
}

-- Sets the fields of an ended task from the journal.
local function restore(task, attempt)
  if not attempt.result_json then return end
  local kept = json.decode_object(attempt.result_json)
  for name, is_right in pairs(restored_fields) do
    if is_right(kept[name]) then task[name] = kept[name] end
  end
  task.state, task._is_restored = attempt.remote_state, true
  task.fail_code, task.fail_msg, task.credits = attempt.fail_code, attempt.fail_msg, attempt.credits
end

--- The object for the task with this id: the existing object of this run, or a new one.
---@param id string
---@param fields? { model: string?, input: table?, attempt: table? }   `attempt` is its row in the
---  journal; a task without a row was not made by this journal
---@return reel.Task
function Task.of(id, fields)
  local known = session.tasks[id]
  if known then return known end
  fields = fields or {}
  local attempt = fields.attempt or {}
  local task = setmetatable({
    id = id, model = fields.model, input = fields.input, state = "waiting",
    urls = {}, watermarked_urls = {},
    _created = created_at(attempt),
    _last_told = attempt.created, -- when the vendor last told of it, on the clock of job.now()
    _waiters = 0, _version = 0, _origin = attempt.origin or config.origin(),
    _elapsed = false,
    _changed = false,        -- a signal, once a waiter asks for every change
    _ended = job.signal(),   -- also fired when watching it has failed
    _is_missing = attempt.state == "missing",
  }, task_mt)
  restore(task, attempt)
  session.tasks[id] = task
  return task
end

--- Whether a value is a task.
---@param value any
---@return boolean
function Task.is(value)
  return getmetatable(value) == task_mt
end

--- Whether the task has succeeded or failed.
---@return boolean
function Task:is_settled()
  return self.state == "success" or self.state == "fail"
end

local copied = {
  "model", "state", "progress", "urls", "watermarked_urls", "object", "handle", "fail_code",
  "fail_msg", "reason", "credits",
}

-- The fields that the journal keeps of the record of an ended task.
function Task:_journal_fields(record)
  return {
    state = record.state == "success" and "succeeded" or "failed", remote_state = record.state,
    fail_code = record.fail_code, fail_msg = record.fail_msg, credits = record.credits,
    result_json = canonical_json.encode({
      urls = json.array(record.urls), watermarked_urls = json.array(record.watermarked_urls),
      object = record.object, handle = record.handle, reason = record.reason,
      _elapsed = record.elapsed or self.elapsed,
    }),
  }
end

local function announce(task, kind)
  task._version = task._version + 1
  events.emit({ type = kind, task = task })
  if task._changed then task._changed:fire() end
end

-- Updates the state and the progress of a task that has not ended. For poller.lua only.
function Task:_move(state, progress)
  progress = progress or self.progress
  if self.state == state and self.progress == progress then return end
  self.state, self.progress = state, progress
  announce(self, "state")
end

-- Updates all fields from a record. A settled task does not change. For poller.lua only.
function Task:_update(record)
  if self:is_settled() then return end
  self._last_told = job.now()
  local before, progress = self.state, self.progress
  for _, name in ipairs(copied) do
    if record[name] ~= nil then self[name] = record[name] end
  end
  self._param = record.param or self._param
  if self:is_settled() then
    self._elapsed = record.elapsed or self.elapsed
    announce(self, "settled")
    poller.wake(self)
  elseif before ~= self.state or progress ~= self.progress then
    announce(self, "state")
  end
end

local function raise_failed(task, level)
  local reason = task.reason and (" (%s)"):format(task.reason) or ""
  Error.raise({
    kind = "failed", task_id = task.id, code = tonumber(task.fail_code), billed = "maybe",
    message = ("task %s failed%s: %s%s"):format(task_ids.shown(task.id), reason,
      task.fail_msg or "no reason given",
      task._is_restored and "; retry_failed = true or --retry-failed makes it again" or ""),
  }, level + 1)
end

local function raise_timeout(task, timeout, level)
  Error.raise({
    kind = "timeout", task_id = task.id, billed = "yes",
    message = ("task %s is not done after %g s; it is still running and billed%s"):format(
      task_ids.shown(task.id), timeout, task_ids.is_plain(task.id)
        and (", attach with reel.attach(%q)"):format(task.id) or ""),
  }, level + 1)
end

local function is_seconds(value) return type(value) == "number" and value >= 0 end
local function is_place(value) return math.type(value) == "integer" and value >= 1 end

-- Option -> the check of its value, and the words that say what the check expects.
local wait_checks = {
  timeout = { is_seconds, "seconds, 0 or more" },
  on_progress = { function(value) return type(value) == "function" end, "a function" },
}
local save_checks = {
  index = { is_place, "1, 2, 3, …" },
  overwrite = { function(value) return type(value) == "boolean" end, "true or false" },
}

local function raise_invalid(task, level, message, ...)
  Error.raise({ kind = "invalid", task_id = task.id, message = message:format(...) }, level + 1)
end

local function check_options(task, name, options, checks)
  if type(options) ~= "table" then
    raise_invalid(task, 3, "%s needs a table of options, got a %s", name, type(options))
  end
  for option, value in pairs(options) do
    local rule = checks[option]
    if not rule then raise_invalid(task, 3, "%s has no option %q", name, tostring(option)) end
    if not rule[1](value) then
      raise_invalid(task, 3, "%s: option %s must be %s, got %s", name, option, rule[2],
        tostring(value))
    end
  end
end

---@class reel.WaitOptions
---@field timeout? number        seconds, 0 or more; default: the setting wait_timeout (1800)
---@field on_progress? fun(task: reel.Task)   called in the waiting job after every change

--- Waits until the task is settled and returns the task. Raises "failed" when the vendor could not
--- make it, "timeout" when the deadline has passed (the task goes on at the vendor), "missing" when
--- the vendor has no record of it, and "auth", "server", "unreachable" or "rate_limited" when the
--- vendor gives no useful answer.
---@async
---@param options? reel.WaitOptions
---@return reel.Task self
function Task:wait(options)
  options = options or {}
  check_options(self, "task:wait", options, wait_checks)
  local timeout = options.timeout or config.settings().wait_timeout
  local on_progress = options.on_progress or self._on_progress
  local on_change = on_progress and function() on_progress(self) end
  if not poller.wait(self, job.now() + timeout, on_change) then raise_timeout(self, timeout, 2) end
  if self.state == "fail" then raise_failed(self, 2) end
  return self
end

---@class reel.SaveOptions
---@field index? integer      which of the results; default 1
---@field overwrite? boolean  also replace a file that reel did not write; default false

--- Waits for the task, copies a result to a path, and returns the path written. A missing extension
--- is chosen by the content. A file that has the same content is left alone, and a file that reel
--- wrote is replaced. Any other file is an error unless `overwrite` is set.
---@async
---@param path string
---@param options? reel.SaveOptions
---@return string path
function Task:save(path, options)
  options = options or {}
  if type(path) ~= "string" or path == "" or path:find("%c") or path:find("/$") then
    local got = type(path) == "string" and ("%q"):format(path) or "a " .. type(path)
    raise_invalid(self, 2, "task:save needs the path of a file, got %s", got)
  end
  check_options(self, "task:save", options, save_checks)
  if not self:is_settled() then self:wait() end
  if self.state == "fail" then raise_failed(self, 2) end
  local index = options.index or 1
  if not self.urls[index] then
    local message = ("task %s has %d results, result %s was asked for"):format(
      task_ids.shown(self.id), #self.urls, tostring(index))
    if self.handle then message = "a character has no file; use its handle " .. self.handle end
    raise_invalid(self, 2, "%s", message)
  end
  local kept, sha256 = results.file(self, index)
  local written, err = media.put(kept, path, {
    overwrite = options.overwrite, origin = self._origin, task_id = self.id, sha256 = sha256,
  })
  if not written then Error.raise(err, 2) end
  events.emit({ type = "saved", task = self, path = written })
  return written
end

return Task
