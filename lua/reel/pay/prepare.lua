-- Checks a call, makes its key, and looks the key up among the calls of this run. Equal calls have
-- one key and get one task: several jobs that make the same call wait for one create.
local Error = require "reel.base.error"
local canonical_json = require "reel.base.canonical_json"
local call_options = require "reel.pay.options"
local validate = require "reel.pay.validate"
local ensure = require "reel.pay.ensure"
local digest = require "reel.core.digest"
local events = require "reel.base.events"
local inputs = require "reel.pay.inputs"
local job = require "reel.core.job"
local models = require "reel.models"
local config = require "reel.config"
local session = require "reel.session"

local prepare = {}

-- The SHA-256 of canonical_json.encode(models.identity(model, input)). If the identity has the
-- whole input, input_json is used for it, so that the input is encoded only once.
local function content_of(model, input, input_json)
  local identity = models.identity(model, input)
  local text = identity.input == input and input_json or canonical_json.encode(identity.input)
  return digest.sha256(('{"input":%s,"model":%s}'):format(text, canonical_json.encode(model.name)))
end

--- Checks a call and makes its key. Sends nothing.
---@async
---@return table? call, reel.Error? err
function prepare.call(model_name, input, options)
  local model = models.get(model_name)
  if not model then return nil, models.unknown(model_name) end
  options = options or {}
  local fault = call_options.fault(options)
  if fault then return nil, fault end
  local resolved, files = inputs.resolve(model, input)
  if Error.is(files) then return nil, files end
  local checked, err = validate.input(model, resolved, { defaults = options.defaults })
  if not checked then return nil, err end

  local input_json = canonical_json.encode(checked, "input")
  local content = content_of(model, checked, input_json)
  local take = options.take or 1
  local key, origin = options.key or content, config.origin()
  return {
    model = model, input = checked, input_json = input_json, files = files,
    options = options, content = content, project = session.project, origin = origin,
    other_origins = config.other_origins(), key = key,
    key_kind = options.key and "explicit" or "content", take = take,
    id = ("%q %s %s %q %d"):format(session.project, origin, options.key and "named" or "content",
      key, take),
  }
end

-- Gives the result of a call to the jobs that wait. A call that failed is forgotten here, so that a
-- script can make it again; the journal knows whether it may be sent.
local function settle(call, ok, result)
  if ok then
    call.task = result
    -- The call and its input are not kept: a host may make calls for days.
    session.calls[call.id] = { is_answered = true, content = call.content, task_id = result.id }
  else
    call.failure = result
    session.calls[call.id] = call.earlier
    if Error.is(result) and result.kind == "ambiguous" then session.has_met_ambiguous = true end
  end
  call.settled = true
  events.emit({ type = "answered", call = call, task = call.task })
  call.changed:fire()
end

-- The create has a job of its own, which is shielded from cancels: once a request is sent, its
-- answer must be read and stored, even if all jobs that made the call have been cancelled.
local function start_create(call)
  call.changed = job.signal()
  session.calls[call.id] = call
  job.spawn(function() settle(call, pcall(job.shield, ensure.task, call)) end):detach()
  return call
end

local function conflict(call, known)
  if known.is_answered or known.content == call.content then return nil end
  return Error.new({
    kind = "key_conflict",
    message = ("the key %q is being used for another input: %s and %s"):format(call.key,
      known.input_json, call.input_json),
  })
end

-- The task that the same call got earlier in this run, if the program still uses its object; the
-- journal has the other tasks. The setting retry_failed is for tasks that failed in earlier runs. A
-- task that failed in this run is made again only for a call with its own option retry_failed.
local function earlier_task(call, known)
  if known.content ~= call.content then return nil end
  local wants_retry = call.options.retry_failed
  if wants_retry == nil then call.retried, call.earlier = true, known end
  local task = session.tasks[known.task_id]
  local is_outdated = task and task.state == "fail" and wants_retry
  return not is_outdated and task or nil
end

--- The call's task: the existing task, or a new task once the vendor has accepted it.
---@async
---@param call table   of prepare.call
---@return reel.Task? task, any err
function prepare.task(call)
  if session.plan then return session.plan:task(call) end
  local known = session.calls[call.id]
  local err = known and conflict(call, known)
  if err then return nil, err end
  if known and known.is_answered then
    local task = earlier_task(call, known)
    if task then return task end
    known = nil
  end
  known = known or start_create(call)
  local deadline = call.options.timeout and job.now() + call.options.timeout
  while not known.settled do
    if not known.changed:wait(deadline and math.max(deadline - job.now(), 0)) then
      return nil, Error.new({ kind = "timeout", billed = "maybe", message =
        ("the vendor has not accepted the call after %g s; reel goes on trying until the "
          .. "program ends")
          :format(call.options.timeout) })
    end
  end
  if known.task then return known.task end
  return nil, known.failure
end

return prepare
