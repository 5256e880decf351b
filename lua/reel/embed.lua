-- The Lua side of the C API (reel.h): runs the scripts that a host starts, and reports what happens
-- as events, through one C function, `emit`.
local Error = require "reel.base.error"
local events = require "reel.base.events"
local files = require "reel.core.files"
local folder_of = require "reel.base.folder_of"
local semaphore = require "reel.jobs.semaphore"
local job = require "reel.core.job"
local log = require "reel.base.log"
local search_path = require "reel.base.search_path"
local send = require "reel.pay.send"
local config = require "reel.config"

require "reel.jobs.flow" -- makes the cancelled error a reel.Error

local embed = {}

local MAX_SCRIPT_BYTES <const> = 16 * 1024 * 1024

local emit -- adds an event to the host's queue; its arguments are listed in src/host/event.c
local options = {}
local jobs = {} -- id of a started script -> its job
local opening_lock = semaphore.new(1)
local local_service, service, is_open

-- Events ------------------------------------------------------------------------------------------

local function describe_error(err)
  local ok, text = pcall(tostring, Error.is(err) and err.message or err)
  return ok and text or "an error that cannot be shown"
end

local function print_as_event(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  emit("print", table.concat(parts, "\t"))
end

local function log_as_event(level, text)
  emit("log", text, level)
end

local function text_or_nil(value)
  return type(value) == "string" and value or nil
end

local function progress_as_event(event)
  local task = event.task or {}
  local prompt = task.input and task.input.prompt
  emit("progress", event.type, task.id, task.model, task.state,
    type(prompt) == "string" and prompt or nil, event.path, event.message, task.progress,
    task.elapsed)
end

-- Logs each failure of a job that nothing has observed. emit_end reports the failures of scripts,
-- so these are marked as observed first, which reading `error` does.
local function log_unobserved_failures()
  for _, work in pairs(jobs) do local _ = work.error end
  for _, failure in ipairs(job.failures()) do
    log.write("error", "a job failed, and the script did not look at its error:",
      describe_error(failure.error))
    log.write("debug", failure.traceback)
  end
end

-- Scripts -----------------------------------------------------------------------------------------

local function start_service(folder)
  service = local_service.start_private(local_service.root(folder))
  local about, missing = table.unpack(local_service.notices(service))
  log.write("info", about)
  if missing then log.write("warn", missing) end
  local values = local_service.settings(service, config.settings())
  config.use_local()
  config.configure(values)
end

-- Settings and journal are looked for from the folder that the host has named, else from that of
-- the first script, or from the current folder if that script is a string.
local function open_session(path)
  if is_open then return end
  local folder = options.folder or path and folder_of(path) or "."
  config.start({}, folder, path)
  if options.use_local then start_service(folder) end
  is_open = true
end

local function load_script(code, name)
  local script, message = load(code:gsub("^#[^\n]*", ""), name, "t")
  if not script then error(message, 0) end
  return script
end

local function run_script(script, name, ...)
  _G.arg = { [0] = name, ... }
  return script(...)
end

local function run_file(path, ...)
  local code, _, message = files.read(path, MAX_SCRIPT_BYTES)
  if not code then error(message, 0) end
  opening_lock:run(open_session, path)
  if options.owns_state then search_path.add_script(path) end
  return run_script(load_script(code, "@" .. path), path, ...)
end

local function run_string(code, name, ...)
  opening_lock:run(open_session)
  return run_script(load_script(code, "=" .. name), name, ...)
end

local function emit_end(id, work)
  local ok, result = pcall(work.result, work)
  if ok then
    local is_text = type(result) == "string" or type(result) == "number"
    return emit("done", is_text and result or nil, id,
      math.type(result) == "integer" and result or nil)
  end
  local is_error = Error.is(result)
  emit("failed", describe_error(result), is_error and result.kind or "script", work.traceback,
    is_error and text_or_nil(result.task_id) or nil, id)
end

local function wait_and_emit_end(id, work)
  work:join()
  log_unobserved_failures()
  jobs[id] = nil
  emit_end(id, work)
end

local function start_script(id, runner, ...)
  local work = job.spawn(runner, ...):detach()
  jobs[id] = work
  job.spawn(wait_and_emit_end, id, work):detach()
end

--- Starts a script from a file.
---@param id integer
---@param path string
---@param ... string   the script's arguments
function embed.start_file(id, path, ...)
  start_script(id, run_file, path, ...)
end

--- Starts a script from text.
---@param id integer
---@param code string
---@param name string   the script's name in messages and in arg[0]
---@param ... string    the script's arguments
function embed.start_string(id, code, name, ...)
  start_script(id, run_string, code, name, ...)
end

--- Cancels a started script.
---@param id integer
---@return boolean found   whether the script was running
function embed.cancel(id)
  if jobs[id] then jobs[id]:cancel() end
  return jobs[id] ~= nil
end

-- Opening and closing -----------------------------------------------------------------------------

--- Stores the host's options, and redirects output to events. `print`: what print() writes becomes
--- events. `stdio`: the log and the progress do not become events. `owns_state`: this Lua state is
--- reel's own, so package.path may be changed.
---@param new_emit fun(type: string, ...)
---@param new_options { stdio: boolean, use_local: boolean, print: boolean, owns_state: boolean,
---  folder: string? }
function embed.open(new_emit, new_options)
  emit, options = new_emit, new_options
  if options.print then _G.print = print_as_event end
  -- Loaded here, since loading takes time and a host does not draw frames yet while it opens reel.
  if options.use_local then local_service = require "reel.service.local" end
  if options.stdio then return end
  log.set_sink(log_as_event)
  events.subscribe(progress_as_event)
end

--- Cancels all scripts. Returns a job that ends when the scripts, and the paid requests that were
--- being sent, have ended.
---@return reel.Job
function embed.close()
  return job.spawn(function()
    send.stop()
    local works = {}
    for _, work in pairs(jobs) do works[#works + 1] = work end
    for _, work in ipairs(works) do work:cancel() end
    for _, work in ipairs(works) do work:join() end
    if is_open then send.finish() end
    if service then service:stop() end
  end):detach()
end

return embed
