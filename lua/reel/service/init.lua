-- The local service: the vendor's HTTP API on loopback, with playable previews as clips. It is for
-- people who have no key yet, for work without a network, and for tests. It shares the model table,
-- the drawing and reel.base with the client, and checks every rule by itself.
require "reel.core"
local access = require "reel.service.access"
local account = require "reel.service.account"
local defer = require "reel.base.defer"
local files = require "reel.service.files"
local job = require "reel.core.job"
local life = require "reel.service.life"
local renderers = require "reel.service.renderer"
local reply = require "reel.service.reply"
local routes = require "reel.service.routes"
local server = require "reel.core.server"
local semaphore = require "reel.jobs.semaphore"
local store = require "reel.service.store"
local tasks = require "reel.service.tasks"

local service = {}

local MAX_BODY <const> = 32 * 1024 * 1024 -- bytes of a request, and so of an upload
local RENDERS_AT_ONCE <const> = 2
local STOP_TIMEOUT_S <const> = 5

---@class reel.service.Options
---@field root string          The folder of tasks and files; it is made if it is missing.
---@field host? string         Numeric address; default "127.0.0.1".
---@field port? integer        Default 0: any free port.
---@field speed? number        Divides all waiting; default 1, where a task takes about 4 s.
---@field rate? integer        New tasks in 10 s; default 20, 0 for no limit.
---@field credits? number      Balance at start; default 100000.
---@field size? "full"|"small" Size of the clips: "full" (default) is 1280x720, "small" 640x360.
---@field render? boolean|table  Default true. False: clips are grey. A table: the renderer to use.
---@field key? string          The only key that is accepted; default: any key is.
---@field webhook_key? string  Callbacks are signed with it; default: they are not signed.
---@field allow_private? boolean  Post callbacks to, and fetch pictures from, this machine and
---  private networks, too; default false.
---@field log? fun(level: string, text: string)

---What the modules of the service share.
---@class reel.service.Context
---@field store reel.service.Store
---@field files reel.service.Files
---@field tasks reel.service.Tasks
---@field access reel.service.Access
---@field account reel.service.Account
---@field renders table   Semaphore of jobs/semaphore.lua: how many clips are drawn at once.
---@field renderer? table   Nil: clips are grey.
---@field abilities? table  What ffmpeg can do; nil: everything.
---@field notice? string
---@field speed number
---@field size string
---@field allow_private boolean
---@field webhook_key? string
---@field refused table<string, boolean>   Bodies of creates that "[rate]" has refused already.
---@field log fun(level: string, text: string)
---@field spawn fun(fn: function, ...): any   Runs fn in a job; the service cancels it when it ends.

---@class reel.service.Service
---@field port integer
---@field url string
---@field notice? string   What the user should know, as that ffmpeg is missing.
local Service = {}
local service_mt = { __name = "reel.service.Service", __index = Service }

local DEFAULTS <const> = {
  host = "127.0.0.1", port = 0, speed = 1, rate = 20, credits = 100000, size = "full",
  log = function() end,
}

local function with_defaults(options)
  local settings = {}
  for name, value in pairs(DEFAULTS) do
    settings[name] = value
  end
  for name, value in pairs(options) do
    settings[name] = value
  end
  return settings
end

local function is_amount(value)
  return type(value) == "number" and value >= 0
end

local function fault_of(settings)
  local root = settings.root
  if type(root) ~= "string" or root == "" then return "root: expected a folder" end
  if not is_amount(settings.speed) or settings.speed < 0.001 then
    return "speed: expected a number from 0.001"
  end
  if not is_amount(settings.rate) then return "rate: expected a number from 0" end
  if not is_amount(settings.credits) then return "credits: expected a number from 0" end
  if settings.size ~= "full" and settings.size ~= "small" then
    return "size: expected full or small"
  end
end

-- Makes the function that starts jobs which end with the service, not with the job that started
-- them, and the set of those that run.
local function new_spawner()
  local running = {}
  local function spawn(fn, ...)
    local child
    child = job.spawn(function(...)
      local _ <close> = defer(function() running[child] = nil end)
      fn(...)
    end, ...)
    child:detach()
    running[child] = true
    return child
  end
  return spawn, running
end

local function answer(request, context)
  local ok, result = xpcall(routes.answer, debug.traceback, request, context)
  if ok then return result end
  context.log("error", ("%s %s: %s"):format(request.method, request.path, result))
  return reply.failure(500, "Internal server error")
end

local function serve(listener, context)
  while true do
    local request = listener:accept()
    if not request then return end
    request:respond(answer(request, context))
  end
end

local function new_context(settings, opened, listener)
  local host = settings.host == "0.0.0.0" and "127.0.0.1" or settings.host
  local clips = files.new(opened.files, host, listener.port)
  local renderer, abilities, notice = renderers.choose(settings.render)
  return {
    store = opened, files = clips, tasks = tasks.new(opened, clips, settings.log),
    access = access.new(settings.host, listener.port), account = account.new(settings),
    renderer = renderer, abilities = abilities, notice = notice,
    renders = semaphore.new(renderer and RENDERS_AT_ONCE or math.huge),
    speed = settings.speed, size = settings.size, webhook_key = settings.webhook_key,
    allow_private = settings.allow_private or false,
    refused = {}, log = settings.log,
  }
end

---Ends the service. Unfinished tasks go on at the next start. It may be called twice.
---@async
function Service:stop()
  if self._stopped then return end
  self._stopped = true
  job.shield(function()
    self._listener:close()
    for child in pairs(self._running) do
      child:cancel()
    end
    for child in pairs(self._running) do
      child:join(STOP_TIMEOUT_S)
    end
    self._store:close()
  end)
end

local function begin(settings, opened, listener)
  local context = new_context(settings, opened, listener)
  local spawn, running = new_spawner()
  context.spawn = spawn
  for _, task in ipairs(context.tasks:unsettled()) do
    spawn(life.run, task, context)
  end
  spawn(serve, listener, context)
  return setmetatable({
    port = listener.port, url = context.files.origin, notice = context.notice,
    _listener = listener, _store = opened, _running = running,
  }, service_mt)
end

---Starts the service.
---@async
---@param options reel.service.Options
---@return reel.service.Service?
---@return string? word      "busy": another service uses the root; "invalid": an option is wrong;
---"system": the root or the port cannot be used.
---@return string? message
function service.start(options)
  local settings = with_defaults(options)
  local fault = fault_of(settings)
  if fault then return nil, "invalid", fault end
  local opened, word, message = store.open(settings.root)
  if not opened then return nil, word, message end
  local listener, _, reason = server.listen {
    host = settings.host, port = settings.port, max_body = MAX_BODY,
    body_folder = opened.incoming:path(),
  }
  if not listener then
    opened:close()
    return nil, "system", ("port %d of %s: %s"):format(settings.port, settings.host, reason)
  end
  return begin(settings, opened, listener)
end

return service
