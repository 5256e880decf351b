-- The local service of `--local`, REEL_LOCAL and `reel serve`: its thread in this process, and the
-- settings that lead to it. Planning a render takes its Lua tens of milliseconds, which would hold
-- the frames of a host; so it has a Lua state of its own, which this one only hears.
local Error = require "reel.base.error"
local config = require "reel.config.sources"
local defer = require "reel.base.defer"
local job = require "reel.core.job"
local log = require "reel.base.log"
local thread = require "reel.thread"

local local_service = {}

local WORKER <const> = "reel.service.worker"
local KEY <const> = "local"    -- the service takes any key
-- Seconds between queries; its tasks take about four.
local FIRST_QUERY <const>, LONGEST_PAUSE <const> = 0.5, 1
local STOP_TIMEOUT_S <const> = 10 -- the service gives its own jobs five

-- The service ------------------------------------------------------------------------------------

---@class reel.service.Local
---@field url string
---@field notice? string   Something the person should know, such as a missing ffmpeg.
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

-- Hears the thread until its end.
local function listen(self)
  while true do
    local words, level, failure = self._thread:receive()
    if not words then return take_end(self, failure) end
    if level then log.write(level, words) else take_answer(self, words) end
  end
end

---Waits until the service has ended, which it does by itself only when it fails.
---@async
function LocalService:join()
  self._listening:join()
end

---Ends the service; unfinished tasks go on at the next start. May be called twice.
---@async
function LocalService:stop()
  local _ <close> = self._thread -- it has ended, or else ends now
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

-- As Lua instead of JSON, since the name of a folder may be any bytes.
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

--- Starts a service; raises usage errors when it cannot run, as when another has the folder.
---@async
---@param options reel.service.Options   where log is, in place of a function, the least level that
---  goes to reel.log; default "warn": why a clip could not be made
---@return reel.service.Local
function local_service.start(options)
  options.log = options.log or "warn"
  local started, word, message = thread.start(WORKER, as_code(options))
  if not started then raise_cannot_start(word, message) end
  local self = setmetatable({ _thread = started, _answered = job.signal() }, local_service_mt)
  self._listening = job.spawn(listen, self):detach()
  await_answer(self)
  return self
end

-- Its use ----------------------------------------------------------------------------------------

--- Where the service keeps its files: in the nearest .reel folder upward from a folder, or else in
--- a new one there.
---@param folder string
---@return string
function local_service.root(folder)
  return config.find_project(folder) .. "/.reel/local"
end

--- What a person should know about a service: what it makes, and what it lacks.
---@param started reel.service.Local
---@return string[]
function local_service.notices(started)
  return { "clips of the local service are previews, not Sora", started.notice }
end

--- The settings that lead to a service. They stand above flags and environment, as the keys and
--- addresses there are the vendor's.
---@param started reel.service.Local
---@param settings reel.Settings   in force so far
---@return table
function local_service.settings(started, settings)
  local is_free = settings.source.poll_first == "default"
    and settings.source.poll_max == "default"
  return {
    base_url = started.url, upload_url = started.url, api_key = KEY,
    poll_first = is_free and FIRST_QUERY or nil, poll_max = is_free and LONGEST_PAUSE or nil,
  }
end

return local_service
