-- Runs the local service in a thread of its own (reel.thread). The thread gets its options as a Lua
-- table constructor, prints one of these lines to say whether it has started, and serves until it
-- is cancelled:
--
--   started   URL    NOTICE, or nothing
--   refused   WORD   MESSAGE
local defer = require "reel.base.defer"
local http = require "reel.core.http"
local job = require "reel.core.job"
local log = require "reel.base.log"
local service = require "reel.service"

local worker = {}

local function read(text)
  local options = assert(load("return " .. text, "=options", "t", {}))()
  log.set_level(options.log)
  options.log = log.write
  return options
end

--- Runs a service until the running job is cancelled.
---@async
---@param text string   reel.service.Options, where log is the lowest level of entries to log
function worker.run(text)
  http.configure { proxy = "" } -- a callback or a picture must not leave the machine by a proxy
  local started, word, message = service.start(read(text))
  if not started then return print("refused", word, message) end
  local _ <close> = defer(started.stop, started)
  print("started", started.url, started.notice or "")
  job.signal():wait()
end

return worker
