-- Starts the local service for `--local`, REEL_LOCAL and `reel serve`, and makes the settings that
-- lead to it. The service runs in a thread with a Lua state of its own, because planning a render
-- takes tens of milliseconds of Lua, for which a host would miss frames.
local Error = require "reel.base.error"
local defer = require "reel.base.defer"
local digest = require "reel.core.digest"
local dot_reel = require "reel.config.dot_reel"
local job = require "reel.core.job"
local log = require "reel.base.log"
local project = require "reel.config.project"
local thread = require "reel.thread"

local local_service = {}

local WORKER <const> = "reel.service.worker"
local KEY_BYTES <const> = 16
-- Seconds between queries. A task of the service takes about four seconds.
local FIRST_QUERY <const>, LONGEST_PAUSE <const> = 0.5, 1
local STOP_TIMEOUT_S <const> = 10 -- more than the 5 s that the service gives its jobs to end

-- The service ------------------------------------------------------------------------------------

---@class reel.service.Local
---@field url string
---@field key? string      The only key that it accepts; nil: it accepts any key.
---@field notice? string   What the user should know, as that ffmpeg is missing.
local LocalService = {}
local local_service_mt = { __name = "reel.service.Local", __index = LocalService }

local function take_answer(self, line)
  self._answer = { line:match("^(%w+)\t([^\t]*)\t(.*)$") }
  self._answered:fire()
end

local function take_end(self, failure)
  if not self._answer then
    take_answer(self, "refused\tsystem\t" .. (failure or "it has ended"))
  elseif failure then
    log.write("error", "the local service has failed: " .. failure)
  end
end

-- Receives what the thread prints and logs, until it ends.
local function listen(self)
  while true do
    local words, level, failure = self._thread:receive()
    if not words then return take_end(self, failure) end
    if level then log.write(level, words) else take_answer(self, words) end
  end
end

---Waits until the service has ended. Without a call of stop it ends only when it fails.
---@async
function LocalService:join()
  self._listening:join()
end

---Ends the service. Unfinished tasks go on at the next start. It may be called twice.
---@async
function LocalService:stop()
  local _ <close> = self._thread -- ends the thread if the wait below is over before the thread is
  self._thread:stop()
  job.shield(self._listening.join, self._listening, STOP_TIMEOUT_S)
end

-- Starting ---------------------------------------------------------------------------------------

local function raise_cannot_start(word, message)
  Error.raise({
    kind = "config", message = "cannot start the local service: " .. message,
    hint = word == "busy"
      and "reel serve keeps one running; use it with --base-url http://127.0.0.1:PORT" or nil,
  })
end

-- The options as a Lua table constructor. JSON would not do: the name of a folder may be any bytes.
local function as_code(options)
  local fields = {}
  for name, value in pairs(options) do fields[#fields + 1] = ("%s = %q"):format(name, value) end
  return "{ " .. table.concat(fields, ", ") .. " }"
end

local function await_answer(self)
  local is_started = false
  local _ <close> = defer(function()
    if not is_started then self:stop() end
  end)
  self._answered:wait()
  local verdict, first, rest = table.unpack(self._answer)
  if verdict == "refused" then raise_cannot_start(first, rest) end
  self.url, self.notice = first, rest ~= "" and rest or nil
  is_started = true
end

--- Starts a service. It raises an error of kind "config" when the service cannot run, as when
--- another one uses the folder.
---@async
---@param options reel.service.Options   where log is not a function but the lowest level of entries
---  that go to reel.log; default "warn", which includes why a clip could not be made
---@return reel.service.Local
function local_service.start(options)
  options.log = options.log or "warn"
  local started, word, message = thread.start(WORKER, as_code(options))
  if not started then raise_cannot_start(word, message) end
  local self = setmetatable({ key = options.key, _thread = started, _answered = job.signal() },
    local_service_mt)
  self._listening = job.spawn(listen, self):detach()
  await_answer(self)
  return self
end

--- Starts a service for this process alone: it accepts one key, which is another one at each start.
---@async
---@param root string   the folder of the service
---@return reel.service.Local
function local_service.start_private(root)
  return local_service.start { root = root, key = digest.sha256(digest.random(KEY_BYTES)) }
end

-- Using it ----------------------------------------------------------------------------------------

--- The folder of the service: in the .reel folder of the given folder or of the nearest one above
--- it that has one; else in a new .reel folder in the given one. Raises "config" if that .reel must
--- not be used.
---@param folder string
---@return string
function local_service.root(folder)
  local found, fault = project.find(folder)
  if fault then Error.raise { kind = "config", message = fault } end
  local parent <close> = dot_reel.make(found)
  return parent:path("local")
end

--- What the user should know about a service: what its clips are, and what is missing.
---@param started reel.service.Local
---@return string[]
function local_service.notices(started)
  return { "clips of the local service are previews, not Sora", started.notice }
end

--- The settings that lead to a service, without a proxy. They take precedence over flags and
--- environment, since the keys and addresses there are meant for the vendor.
---@param started reel.service.Local
---@param settings reel.Settings   in force so far
---@return table
function local_service.settings(started, settings)
  local is_free = settings.source.poll_first == "default"
    and settings.source.poll_max == "default"
  return {
    base_url = started.url, upload_url = started.url, api_key = started.key, proxy = "none",
    poll_first = is_free and FIRST_QUERY or nil, poll_max = is_free and LONGEST_PAUSE or nil,
  }
end

return local_service
