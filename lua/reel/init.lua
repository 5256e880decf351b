-- reel: paid video tasks as plain Lua. This module is what scripts see; README.md beside it tells
-- what the folders are for.
local core = require "reel.core"
local Error = require "reel.base.error"
local Task = require "reel.tasks.task"
local api = require "reel.vendor.api"
local reconcile = require "reel.webhook.reconcile"
local callbacks = require "reel.pay.callbacks"
local prepare = require "reel.pay.prepare"
local flow = require "reel.jobs.flow"
local json = require "reel.base.json"
local log = require "reel.base.log"
local models = require "reel.models"
local random = require "reel.base.stable_random"
local config = require "reel.config"
local session = require "reel.session"
local upload = require "reel.vendor.upload"
local uploads = require "reel.pay.uploads"

pcall(function() require("reel.jobs.require").install() end)
callbacks.register(reconcile)

---@class reel.Module : reel.ModelFunctions
local reel = {
  version = core.version,
  Error = Error,
  try = Error.try,
  models = models,
  spawn = flow.spawn, all = flow.all, any = flow.any, map = flow.map, timeout = flow.timeout,
  sleep = flow.sleep, shield = flow.shield,
}

-- `level` is the caller's, so that a wrong argument is reported where it was written.
local function create(model, input, options, level)
  local call, err = prepare.call(model, input, options)
  if not call then Error.raise(err, level + 1) end
  local task, failure = prepare.task(call)
  if task then return task end
  if Error.is(failure) then Error.raise(failure, level + 1) end
  error(failure, 0)
end

--- Makes a task of any model of the API, or gives back the one that the same call made before.
--- Returns once the vendor has accepted it. Raises "invalid" before anything is sent; afterwards
--- "auth", "credits", "rejected", "paused", "rate_limited", "unreachable", "ambiguous", "budget",
--- "key_conflict", "journal". The functions of single models, like reel.text_to_video, do the same.
---@async
---@param model reel.ModelName
---@param input table
---@param options? reel.CallOptions
---@return reel.Task
function reel.create(model, input, options)
  local task = create(model, input, options, 2)
  return task
end

-- One function for each model that has a name here; _meta/inputs.lua describes them.
for _, model in ipairs(models.list()) do
  if model.call then
    reel[model.call] = function(input, options)
      local task = create(model.name, input, options, 2)
      return task
    end
  end
end

--- Adds a model of the API as data, or replaces one, for this process.
---@param definition reel.ModelDefinition   copied
---@return reel.Model
function reel.define_model(definition)
  return models.define(definition)
end

--- A task that exists already, by its id. Raises "missing" if the vendor does not know it.
---@async
---@param task_id string
---@return reel.Task
function reel.attach(task_id)
  if type(task_id) ~= "string" or not task_id:find("^[%w%-_.]+$") or #task_id > 100 then
    local message = ("reel.attach needs a task id (letters, digits, - _ . up to 100), got %s")
      :format(type(task_id) == "string" and ("%q"):format(task_id) or "a " .. type(task_id))
    Error.raise({ kind = "invalid", message = message }, 2)
  end
  if session.plan then return session.plan:attach(task_id) end
  reconcile.start()
  if session.tasks[task_id] then return session.tasks[task_id] end
  local attempt = session.journal():attempt(task_id)
  if attempt and attempt.task_id == task_id then
    return Task.of(task_id, {
      model = attempt.model, input = json.decode(attempt.input_json or "{}"), attempt = attempt,
    })
  end
  local verdict = api.query(task_id)
  if verdict.class ~= "record" then
    local kind = verdict.class == "unknown_task" and "missing" or verdict.kind
    Error.raise(api.error(verdict, { kind = kind, task_id = task_id }), 2)
  end
  local task = Task.of(task_id)
  task:_update(verdict.record)
  return task
end

--- Puts a local file where the vendor can fetch it, for three days; returns its URL.
---@async
---@param path string
---@return string url
function reel.upload(path)
  if type(path) ~= "string" then
    Error.raise({ kind = "invalid", message = "reel.upload needs a path, got a " .. type(path) }, 2)
  end
  local file, fault = upload.inspect(path)
  if not file then Error.raise(fault, 2) end
  if session.plan then return session.plan:upload(file) end
  local url, err = uploads.url_of(file)
  if not url then Error.raise(err, 2) end
  return url
end

--- The account's balance.
---@async
---@return number credits
function reel.credits()
  if session.plan then return 0 end
  local credits = api.credits()
  return credits
end

reel.configure = config.configure

--- Divides the calls of one folder: the same call in two projects is two clips. Default "".
---@param name string
function reel.project(name)
  if type(name) ~= "string" then
    Error.raise({ kind = "invalid", message = "reel.project needs a name, got a " .. type(name) },
      2)
  end
  session.project = name
end

--- A random number that depends on the project and the name alone, so a rerun makes the same
--- prompt. Without bounds it lies in [0, 1); with m it is an integer in 1..m, with m and n in m..n.
---@param name string
---@param m? integer
---@param n? integer
---@return number
function reel.random(name, m, n)
  return random(session.project, name, m, n)
end

--- Tells people something beside the results, on stderr.
---@param level reel.LogLevel
---@param ... any   converted by tostring, with spaces between them
function reel.log(level, ...)
  log.write(level, ...)
end

return reel
