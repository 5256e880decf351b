-- Fetches the results that reel keeps. Links expire, so every result is fetched as soon as its task
-- has succeeded. A failure here never changes the task, which is paid for.
local Error = require "reel.base.error"
local semaphore = require "reel.jobs.semaphore"
local job = require "reel.core.job"
local log = require "reel.base.log"
local kept_file = require "reel.tasks.kept_file"
local session = require "reel.session"

local results = {}

local AT_ONCE <const> = 4

local slots = semaphore.new(AT_ONCE)
local fetches = setmetatable({}, { __mode = "k" }) -- task -> place -> fetch
local running = 0
local ended = job.signal()

local function settle(fetch, ok, result, sha256)
  if ok then
    fetch.path, fetch.sha256 = result, sha256
  else
    fetch.failure = result
    if fetch.waiters == 0 and Error.is(result) and result.kind ~= "cancelled" then
      log.write("warn", result.message)
    end
  end
  fetch.settled = true
  running = running - 1
  fetch.changed:fire()
  ended:fire()
end

-- Each fetch has a job of its own, so that a waiter that is cancelled does not end the fetch.
local function start_fetch(task, place, must_read)
  local fetch = { changed = job.signal(), waiters = 0 }
  fetches[task] = fetches[task] or {}
  fetches[task][place] = fetch
  running = running + 1
  job.spawn(function()
    settle(fetch, pcall(slots.run, slots, kept_file.obtain, task, place, must_read))
  end):detach()
  return fetch
end

-- Starts a new fetch if the last one has failed, and if it checked only the file's size and date:
-- the file is about to be used, so it must be read.
local function fetch_of(task, place)
  local fetch = fetches[task] and fetches[task][place]
  local is_usable = fetch and fetch.failure == nil and (fetch.sha256 or not fetch.settled)
  return is_usable and fetch or start_fetch(task, place, true)
end

--- Fetches all results of a task in the background, unless they are kept already. A failure is
--- logged, and `results.file` raises it.
---@param task reel.Task   succeeded
function results.start(task)
  if session.plan then return end
  for place = 1, #task.urls do
    if not (fetches[task] and fetches[task][place]) then start_fetch(task, place) end
  end
end

--- The kept file of a result. Waits until the file is fetched; raises "expired" or "download".
---@async
---@param task reel.Task   succeeded
---@param place integer    1 to #task.urls
---@return string path     absolute
---@return string sha256   of its content, which has been read in this run
function results.file(task, place)
  local fetch
  repeat
    fetch = fetch_of(task, place)
    fetch.waiters = fetch.waiters + 1
    while not fetch.settled do fetch.changed:wait() end
    if fetch.failure ~= nil then error(fetch.failure, 0) end
  until fetch.sha256
  return fetch.path, fetch.sha256
end

--- Waits until all fetches have ended.
---@async
---@param timeout number?   seconds; nil: no limit
---@return boolean done     false: the time is over and some fetches have not ended
function results.finish(timeout)
  local deadline = timeout and job.now() + timeout
  while running > 0 do
    if not ended:wait(deadline and math.max(deadline - job.now(), 0)) then return false end
  end
  return true
end

return results
