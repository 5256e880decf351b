-- The local service of `--local`: started in this process, and the settings that lead to it.
local config = require "reel.config"
local report = require "reel.cli.report"
local service = require "reel.service"
local usage = require "reel.cli.usage"

local local_service = {}

local KEY <const> = "local"    -- the service takes any key
-- Seconds between queries; its tasks take about four.
local FIRST_QUERY <const>, LONGEST_PAUSE <const> = 0.5, 1

--- Where the service keeps its files: in the nearest .reel folder upward from a folder, or else in
--- a new one there.
---@param folder string
---@return string
function local_service.root(folder)
  return config.find_project(folder) .. "/.reel/local"
end

--- Says what a service makes, and what it lacks.
---@param started reel.service.Service
---@param as_json? boolean
function local_service.announce(started, as_json)
  report.notice("clips of the local service are previews, not Sora", as_json)
  if started.notice then report.notice(started.notice, as_json) end
end

--- Starts a service; raises usage errors when it cannot run, as when another has the folder.
---@async
---@param options reel.service.Options
---@return reel.service.Service
function local_service.start(options)
  local started, word, message = service.start(options)
  if started then return started end
  usage.raise("cannot start the local service: " .. message, word == "busy"
    and "reel serve keeps one running; use it with --base-url http://127.0.0.1:PORT" or nil)
end

--- The settings that lead to a service. They stand above flags and environment, as the keys and
--- addresses there are the vendor's.
---@param started reel.service.Service
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
