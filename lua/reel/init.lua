-- The public functions of reel, which scripts call to make video tasks. README.md in this folder
-- tells what the other modules are for.
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
local stable_random = require "reel.base.stable_random"
local task_ids = require "reel.vendor.task_ids"
local config = require "reel.config"
local session = require "reel.session"
local upload = require "reel.vendor.upload"
local uploads = require "reel.pay.uploads"

-- Makes `require` able to wait.
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

-- `level` counts the functions from this one to the script, as in `error`, so that a wrong argument
-- is reported where the script has it. The functions between must not call this one as a tail call,
-- which would remove them from the count.
local function create(model, input, options, level)
  local call, err = prepare.call(model, input, options)
  if not call then Error.raise(err, level + 1) end
  local task, failure = prepare.task(call)
  if task then return task end
  if Error.is(failure) then Error.raise(failure, level + 1) end
  error(failure, 0)
end

--- Makes a task of a model of the API, or returns the task that an equal call has made before. A
--- new task is returned once the vendor has accepted it. Raises "invalid" before anything is sent;
--- afterwards "auth", "credits", "rejected", "paused", "rate_limited", "unreachable", "ambiguous",
--- "budget", "key_conflict", "journal". The functions of single models, like reel.text_to_video, do
--- the same.
---@async
---@param model reel.ModelName
---@param input table
---@param options? reel.CallOptions
---@return reel.Task
function reel.create(model, input, options)
  local task = create(model, input, options, 2)
  return task
end

-- Makes the function of each model whose definition names one; _meta/inputs.lua describes them.
for _, model in ipairs(models.list()) do
  if model.call then
    reel[model.call] = function(input, options)
      local task = create(model.name, input, options, 2)
      return task
    end
  end
end

--- Adds the description of a model of the API, or replaces one, for this process.
---@param definition reel.ModelDefinition   copied
---@return reel.Model
function reel.define_model(definition)
  return models.define(definition)
end

--- Returns a task that exists already, by its id. Raises "missing" if the vendor does not know it.
---@async
---@param task_id string
---@return reel.Task
function reel.attach(task_id)
  if type(task_id) ~= "string" or not task_ids.is_plain(task_id) then
    local message = ("reel.attach needs a task id (at most 100 letters, digits, - _ .), got %s")
      :format(type(task_id) == "string" and ("%q"):format(task_id) or "a " .. type(task_id))
    Error.raise({ kind = "invalid", message = message }, 2)
  end
  if session.plan then return session.plan:attach(task_id) end
  reconcile.start()
  if session.tasks[task_id] then return session.tasks[task_id] end
  local attempt = session.journal():attempt_of_task(config.origins(), task_id)
  if attempt then
    return Task.of(task_id, {
      model = attempt.model, input = json.decode_object(attempt.input_json), attempt = attempt,
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

--- Uploads a local file to the vendor, which keeps it for three days, and returns its URL.
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

--- The account's balance; 0 while a script is only planned.
---@async
---@return number credits
function reel.credits()
  if session.plan then return 0 end
  return api.credits()
end

reel.configure = config.configure

--- Names the project that the following calls belong to. An equal call in another project makes
--- another task. The default is "".
---@param name string
function reel.project(name)
  if type(name) ~= "string" then
    Error.raise({ kind = "invalid", message = "reel.project needs a name, got a " .. type(name) },
      2)
  end
  session.project = name
end

--- A random number that depends on the project and the name alone, so that a rerun gets the same
--- number. Without bounds it lies in [0, 1); with m it is an integer in 1..m, with m and n in m..n.
---@param name string
---@param m? integer
---@param n? integer
---@return number
function reel.random(name, m, n)
  return stable_random(session.project, name, m, n)
end

--- Writes an entry to reel's log, which goes to stderr unless a host takes it.
---@param level reel.LogLevel
---@param ... any   converted by tostring, with spaces between them
function reel.log(level, ...)
  log.write(level, ...)
end

return reel
