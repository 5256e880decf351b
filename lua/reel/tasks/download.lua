-- Downloads a result of a task. A broken transfer is continued, an expired link is replaced by a
-- fresh one, and no redirect leads reel to an address in a private network.
local Error = require "reel.base.error"
local answers = require "reel.vendor.answers"
local api = require "reel.vendor.api"
local http = require "reel.core.http"
local job = require "reel.core.job"
local config = require "reel.config"
local task_ids = require "reel.vendor.task_ids"
local url = require "reel.core.url"

local download = {}

local MAX_BYTES <const> = 1024 * 1024 * 1024 -- a limit of reel; clips are far smaller
local MAX_REDIRECTS <const> = 3
local MIN_FREE <const> = 64 * 1024 * 1024 -- as for paid requests (src/journal/attempt.c)
-- A try may take five minutes, and a second more for each 16 KiB. The next try goes on where it
-- ended, so a slow connection gets its file after some tries.
local PATIENCE <const>, MIN_SPEED <const> = 300, 16 * 1024

--- Pauses between tries, in seconds: `first`, doubled each time up to `max`.
download.schedule = { tries = 5, first = 1, max = 15 }

local redirect_statuses = { [301] = true, [302] = true, [303] = true, [307] = true, [308] = true }
local gone_statuses = { [403] = true, [404] = true, [410] = true }
local temporary_statuses = { [408] = true, [425] = true, [429] = true }
local temporary_words = { unreachable = true, timeout = true, transfer = true, busy = true }

-- Where a URL may lead ----------------------------------------------------------------------------

-- Returns nil for a URL with a user name, so that such a URL counts as the URL of a stranger.
local function host_of(link)
  local parts = url.parse(link)
  return parts and not parts.user and parts.host or nil
end

-- Whether a link may lead to public addresses only. The configured hosts may have any address. If
-- the API itself has a private address, its results may have one as well.
local function must_be_public(link)
  local settings = config.settings()
  local api_host, host = host_of(settings.base_url), host_of(link)
  if api_host and not http.is_public(api_host) then return false end
  return not host or host ~= api_host and host ~= host_of(settings.upload_url)
end

-- The URL that a redirect leads to; nil and what is wrong with the redirect.
local function redirect_target(link, location)
  if not location or location == "" then return nil, "a redirect without an address" end
  local target = url.resolve(link, location)
  if not target then return nil, "a redirect to something that is not a URL" end
  local from, to = url.parse(link).scheme, url.parse(target).scheme
  if to ~= "https" and (to ~= "http" or from == "https") then
    return nil, ("a redirect from %s to %s"):format(from, to)
  end
  return target
end

-- Returns the first answer that is not a redirect.
local function follow_redirects(link, folder, name)
  for _ = 0, MAX_REDIRECTS do
    local response, word, message = http.download({ url = link, folder = folder, path = name,
      resume = true, max_bytes = MAX_BYTES, min_free = MIN_FREE, patience = PATIENCE,
      min_speed = MIN_SPEED, public_only = must_be_public(link) })
    local is_redirect = response and redirect_statuses[response.status]
    if not is_redirect then return response, word, message end
    link, message = redirect_target(link, response.headers.location)
    if not link then return nil, "forbidden", message end
  end
  return nil, "forbidden", ("more than %d redirects"):format(MAX_REDIRECTS)
end

-- Fresh links -------------------------------------------------------------------------------------

-- Each returns a URL or nil, and what the vendor's answer meant.
local sources = {}

function sources.record(task, place)
  local verdict = api.query(task.id)
  return verdict.record and verdict.record.urls[place], verdict
end

-- The vendor makes a link that works for twenty minutes.
function sources.download_url(_, _, old_link)
  local response, word, message = api.request("download_link", { body = { url = old_link } })
  local verdict = answers.value(response, word, message)
  local link = verdict.value
  return url.is_web(link) and link or nil, verdict
end

-- Whether the vendor gave no usable answer, so that it may still have a link.
local function may_have_link(verdict)
  local code = verdict.code
  return verdict.class == "failed" and (not code or code >= 500 or code == 429 or code == 430)
end

-- Asks the named sources in turn, each only once per download, until one has a link that was not
-- tried yet.
local function next_link(state, ...)
  for _, name in ipairs { ... } do
    if not state.asked[name] then
      state.asked[name] = true
      local link, verdict = sources[name](state.task, state.place, state.url)
      if may_have_link(verdict) then state.unanswered = verdict.message end
      if link and not state.tried[link] then return link end
    end
  end
end

-- Makes the next try use a link. Returns whether there is one.
local function switch_to(state, link)
  if not link then return false end
  state.url, state.tried[link] = link, true
  return true
end

-- After a failed try ------------------------------------------------------------------------------

local function download_error(state, kind, reason, http_status)
  return Error.new({
    kind = kind, task_id = state.task.id, billed = "yes", http_status = http_status,
    message = ("cannot fetch result %d of task %s: %s"):format(state.place,
      task_ids.shown(state.task.id), reason),
  })
end

local function gone_error(state, status)
  if state.unanswered then
    return download_error(state, "download", ("the server answered HTTP %d, and the vendor gave no "
      .. "fresh link: %s"):format(status, state.unanswered), status)
  end
  return download_error(state, "expired", "the vendor does not keep the file any longer; take = 2 "
    .. "in the call makes another clip", status)
end

-- Pauses for the time of the schedule, or for longer if the server asks for that.
local function pause(state, response)
  local schedule = download.schedule
  local delay = math.min(schedule.first * 2 ^ (state.failures - 1), schedule.max)
  local wanted = response and response.retry_after
  job.sleep(wanted and math.max(delay, math.min(wanted, schedule.max)) or delay)
end

-- Counts a failure. Returns true after a pause; nil and an error after the last try.
local function pause_or_give_up(state, reason, response)
  state.failures = state.failures + 1
  if state.failures >= download.schedule.tries then
    return nil, download_error(state, "download", ("%s (%d tries)"):format(reason, state.failures),
      response and response.status)
  end
  pause(state, response)
  return true
end

local function after_failure(state, word, message)
  if not temporary_words[word] then return nil, download_error(state, "download", message) end
  -- The file may have another address: a local service that was restarted has another port.
  if word == "unreachable" and switch_to(state, next_link(state, "record")) then return true end
  return pause_or_give_up(state, message)
end

local function after_error_status(state, response)
  local status = response.status
  if gone_statuses[status] then
    if switch_to(state, next_link(state, "record", "download_url")) then return true end
    return nil, gone_error(state, status)
  end
  local reason = ("the server answered HTTP %d"):format(status)
  if temporary_statuses[status] or status >= 500 then
    return pause_or_give_up(state, reason, response)
  end
  return nil, download_error(state, "download", reason, status)
end

--- Downloads a result into a folder. A broken download is continued, also by a later run.
---@async
---@param task { id: string, urls: string[] }
---@param place integer
---@param folder reel.core.Folder
---@param name string   there is a file of this name only once it is complete
---@return string? url   the URL that the file came from
---@return reel.Error? err   "expired" or "download"
function download.result(task, place, folder, name)
  local state = { task = task, place = place, failures = 0, asked = {}, tried = {} }
  switch_to(state, task.urls[place])
  while true do
    local response, word, message = follow_redirects(state.url, folder, name)
    local status = response and response.status
    if status == 200 or status == 206 then return state.url end
    local ok, err
    if response then
      ok, err = after_error_status(state, response)
    else
      ok, err = after_failure(state, word, message)
    end
    if not ok then return nil, err end
  end
end

return download
