-- The life of a task, from its create to its end, as one function that runs in a job of its own. A
-- task that a restart finds unfinished goes through it again, less the time that has passed.
local callbacks = require "reel.service.callbacks"
local clock = require "reel.service.clock"
local defer = require "reel.base.defer"
local job = require "reel.core.job"
local outcomes = require "reel.service.outcomes"
local production = require "reel.service.production"
local recipes = require "reel.service.recipes"
local temporary_folder = require "reel.base.temporary_folder"

local life = {}

-- Seconds at speed 1. A task is quick enough to try things, and slow enough to show every state.
local WAITING_S <const> = 1
local QUEUING_S <const> = 0.5
local GENERATING_S <const> = 2

local INTERNAL_ERROR <const> = {
  state = "fail", fail_code = "500", fail_msg = "Internal error, please try again later.",
}

local function forced_failure(task)
  for _, outcome in ipairs(outcomes.of(task.input)) do
    if outcome.fail_code then
      return { state = "fail", fail_code = outcome.fail_code, fail_msg = outcome.fail_msg }
    end
  end
end

local function pace(task, context)
  local factor = 1 / context.speed
  for _, outcome in ipairs(outcomes.of(task.input)) do
    factor = factor * (outcome.slower or 1)
  end
  return factor
end

local function sleep_until(moment)
  local rest = moment - job.now()
  if rest > 0 then job.sleep(rest) end
end

local function begin(task, context, seconds)
  context.tasks:move(task, {
    state = "generating", generating_ms = clock.now_ms(), expected_ms = seconds * 1000,
  })
end

-- Makes the file of a task. Returns what is to be set in the task: success, or a failure that the
-- log explains.
local function make(task, context, work, work_folder)
  local result = { state = "success" }
  for field, value in pairs(work.fields) do
    result[field] = value
  end
  if work.extension == "jpg" and not work.plan then return result end

  local name = ("%s.%s"):format(task.id, work.extension)
  local made, message = production.make(work, work_folder, context.store.files, name)
  if not made then
    context.log("error", ("task %s: %s"):format(task.id, message))
    return INTERNAL_ERROR
  end
  result[work.extension == "mp4" and "video" or "sheet"] = name
  return result
end

local function render(task, context, seconds)
  local work_folder, remove = temporary_folder.new()
  if not work_folder then error(remove, 0) end
  local _ <close> = defer(remove)
  local work, message = recipes.prepare(task, context, work_folder:path())
  if not work then
    begin(task, context, seconds)
    return { state = "fail", fail_code = "400", fail_msg = message }
  end
  return context.renders:run(function()
    begin(task, context, seconds)
    return make(task, context, work, work_folder)
  end)
end

local function generate(task, context, factor)
  local seconds = GENERATING_S * factor
  local result = forced_failure(task)
  if result then
    begin(task, context, seconds)
  else
    result = render(task, context, seconds)
  end
  sleep_until(job.now() + seconds - (clock.now_ms() - task.generating_ms) / 1000)
  return result
end

-- A failed task costs nothing.
local function settle(task, context, result)
  if result.state == "fail" then
    context.account:refund(task.credits)
    task.credits = 0
  end
  result.progress = result.state == "success" and 100 or task.progress
  context.tasks:settle(task, result)
  context.log("info", ("task %s: %s"):format(task.id, result.fail_msg or task.state))
end

local function live(task, context)
  local factor = pace(task, context)
  local age = (clock.now_ms() - task.created_ms) / 1000
  sleep_until(job.now() + WAITING_S * factor - age)
  context.tasks:move(task, { state = "queuing" })
  job.sleep(QUEUING_S * factor)
  settle(task, context, generate(task, context, factor))
end

---Brings one task to its end: an error on the way makes it fail. This raises only when it is
---cancelled; then the task stays as it is on disk, and the next start goes on with it.
---@async
---@param task reel.service.Task
---@param context reel.service.Context
function life.run(task, context)
  local ok, err = xpcall(live, debug.traceback, task, context)
  if not ok then
    if err == job.cancelled then error(err, 0) end
    context.log("error", ("task %s: %s"):format(task.id, err))
    settle(task, context, INTERNAL_ERROR)
  end
  callbacks.deliver(task, context)
end

return life
