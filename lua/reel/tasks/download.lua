-- Fetching a result of a task, patiently: what breaks is gone on with, a link that has expired is
-- replaced by a fresh one, and no answer leads to a place where reel has no business.
local Error = require "reel.base.error"
local answer = require "reel.vendor.answers"
local api = require "reel.vendor.api"
local http = require "reel.core.http"
local job = require "reel.core.job"
local config = require "reel.config"
local url = require "reel.core.url"

local download = {}

local MAX_BYTES <const> = 4 * 1024 * 1024 * 1024 -- ours: no clip of the API comes near it
local MAX_REDIRECTS <const> = 3

--- Pauses between tries, in seconds: `first`, doubled each time up to `max`.
download.schedule = { tries = 5, first = 1, max = 15 }

local redirects = { [301] = true, [302] = true, [303] = true, [307] = true, [308] = true }
local gone = { [403] = true, [404] = true, [410] = true }
local passing_status = { [408] = true, [425] = true, [429] = true }
local passing_word = { unreachable = true, timeout = true, transfer = true, busy = true }

-- Where a URL may lead ----------------------------------------------------------------------------

-- A host with a user before it is nobody's.
local function host_of(link)
  local parts = url.parse(link)
  return parts and not parts.user and parts.host or nil
end

-- The configured hosts are trusted with whatever address they have; if the API itself runs on this
-- machine or next to it, so do its results.
local function must_be_public(link)
  local settings = config.settings()
  local api_host, host = host_of(settings.base_url), host_of(link)
  if api_host and not http.is_public(api_host) then return false end
  return not host or host ~= api_host and host ~= host_of(settings.upload_url)
end

local function redirected(link, location)
  if not location or location == "" then return nil, "a redirect to nowhere" end
  local target = url.resolve(link, location)
  if not target then return nil, "a redirect to what is no URL" end
  local from, to = url.parse(link).scheme, url.parse(target).scheme
  if to ~= "https" and (to ~= "http" or from == "https") then
    return nil, ("a redirect from %s to %s"):format(from, to)
  end
  return target
end

-- Returns the first answer that is no redirect.
local function get(link, path)
  for _ = 0, MAX_REDIRECTS do
    local response, word, message = http.download({ url = link, path = path, resume = true,
      max_bytes = MAX_BYTES, public_only = must_be_public(link) })
    if not response or not redirects[response.status] then return response, word, message end
    link, message = redirected(link, response.headers.location)
    if not link then return nil, "forbidden", message end
  end
  return nil, "forbidden", ("more than %d redirects"):format(MAX_REDIRECTS)
end

-- Fresh links -------------------------------------------------------------------------------------

-- Each returns a URL, or nil and what the vendor's answer was.
local sources = {}

function sources.record(task, place)
  local verdict = api.query(task.id)
  return verdict.record and verdict.record.urls[place], verdict
end

-- A link that the vendor keeps alive for twenty minutes.
function sources.download_url(_, _, old_link)
  local response, word, message = api.request("download_link", { body = { url = old_link } })
  local verdict = answer.value(response, word, message)
  local link = verdict.value
  return url.is_web(link) and link or nil, verdict
end

-- Whether the vendor may know a link all the same.
local function is_open(verdict)
  local code = verdict.code
  return verdict.class == "failed" and (not code or code >= 500 or code == 429 or code == 430)
end

-- The next link that was not tried yet.
local function next_link(state, ...)
  for _, name in ipairs { ... } do
    if not state.asked[name] then
      state.asked[name] = true
      local link, verdict = sources[name](state.task, state.place, state.url)
      if is_open(verdict) then state.unanswered = verdict.message end
      if link and not state.tried[link] then return link end
    end
  end
end

local function use(state, link)
  if not link then return false end
  state.url, state.tried[link] = link, true
  return true
end

-- Verdicts ----------------------------------------------------------------------------------------

local function fail(state, kind, reason, http_status)
  return Error.new({
    kind = kind, task_id = state.task.id, billed = "yes", http_status = http_status,
    message = ("cannot fetch result %d of task %s: %s"):format(state.place, state.task.id, reason),
  })
end

local function gone_error(state, status)
  if state.unanswered then
    return fail(state, "download", ("the server answered HTTP %d, and a fresh link was not to be "
      .. "had: %s"):format(status, state.unanswered), status)
  end
  return fail(state, "expired", "the vendor no longer keeps it; take = 2 in the call makes another",
    status)
end

local function pause(state, response)
  local schedule = download.schedule
  local delay = math.min(schedule.first * 2 ^ (state.failures - 1), schedule.max)
  local wanted = response and response.retry_after
  job.sleep(wanted and math.max(delay, math.min(wanted, schedule.max)) or delay)
end

-- Whether to go on, after so many failures; else the error.
local function go_on(state, reason, response)
  state.failures = state.failures + 1
  if state.failures >= download.schedule.tries then
    return nil, fail(state, "download", ("%s (%d tries)"):format(reason, state.failures),
      response and response.status)
  end
  pause(state, response)
  return true
end

local function after_failure(state, word, message)
  if not passing_word[word] then return nil, fail(state, "download", message) end
  -- The vendor may have moved; a local service that was started anew has another port.
  if word == "unreachable" and use(state, next_link(state, "record")) then return true end
  return go_on(state, message)
end

local function after_refusal(state, response)
  local status = response.status
  if gone[status] then
    if use(state, next_link(state, "record", "download_url")) then return true end
    return nil, gone_error(state, status)
  end
  local reason = ("the server answered HTTP %d"):format(status)
  if passing_status[status] or status >= 500 then return go_on(state, reason, response) end
  return nil, fail(state, "download", reason, status)
end

--- Fetches a result to a path. What broke before is gone on with, in this run and later ones.
---@async
---@param task { id: string, urls: string[] }
---@param place integer
---@param path string   nothing is there afterwards unless it is whole
---@return string? url   where it came from
---@return reel.Error? err   "expired" or "download"
function download.result(task, place, path)
  local state = { task = task, place = place, failures = 0, asked = {}, tried = {} }
  use(state, task.urls[place])
  while true do
    local response, word, message = get(state.url, path)
    local status = response and response.status
    if status == 200 or status == 206 then return state.url end
    local ok, err
    if response then
      ok, err = after_refusal(state, response)
    else
      ok, err = after_failure(state, word, message)
    end
    if not ok then return nil, err end
  end
end

return download
