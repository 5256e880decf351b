-- The results that reel keeps: every one is fetched as soon as it is known, since links expire, and
-- lies under .reel/media from then on. What fails here never touches the task, which is paid for.
local Error = require "reel.base.error"
local core = require "reel.core.journal"
local digest = require "reel.core.digest"
local download = require "reel.tasks.download"
local files = require "reel.core.files"
local semaphore = require "reel.jobs.semaphore"
local job = require "reel.core.job"
local lfs = require "lfs"
local log = require "reel.base.log"
local media_type = require "reel.base.media_type"
local config = require "reel.config"
local session = require "reel.session"

local results = {}

local AT_ONCE <const> = 4

local slots = semaphore.new(AT_ONCE)
local works = setmetatable({}, { __mode = "k" }) -- task -> place -> work
local running = 0
local ended = job.signal()

local function fail(task, message)
  Error.raise({ kind = "download", task_id = task.id, billed = "yes", message = message })
end

-- Files -------------------------------------------------------------------------------------------

-- Clips without a journal would later look like clips whose journal was lost.
local function folder_of_results()
  local settings = config.settings()
  local name = settings.journal == "none" and "loose" or "media"
  return settings.project_folder .. "/.reel/" .. name
end

local function make_folders(task, folder)
  for _, path in ipairs { folder:match("^(.*)/"), folder } do
    local made, _, message = files.make_folder(path)
    if not made then fail(task, "cannot keep results: " .. message) end
  end
end

-- Ids come over the network; those that are no plain name are named by their hash.
local function stem_of(task, place)
  local is_plain = task.id:find("^%w[%w_-]*$") and #task.id <= 100
  return ("%s-%d"):format(is_plain and task.id or digest.sha256(task.id):sub(1, 32), place)
end

local function size_of(path)
  local attributes = lfs.symlinkattributes(path)
  return attributes and attributes.mode == "file" and attributes.size or nil
end

-- Whether a file has the size that it was stored with, and no later date. Reading all clips in
-- every run would take seconds.
local function looks_unchanged(path, row)
  local attributes = lfs.symlinkattributes(path)
  return attributes and attributes.mode == "file" and attributes.size == row.bytes
    and attributes.modification <= row.stored_ms // 1000
end

-- The file that the journal has, with its SHA-256 where it was read, and whether the journal has
-- one. A damaged file is none: it is moved aside and fetched again.
local function from_journal(task, place, folder, must_read)
  for _, row in ipairs(session.journal():artifacts(task.id)) do
    local path = not row.file:find("/") and folder .. "/" .. row.file
    if row.place == place and path then
      if not must_read and looks_unchanged(path, row) then return path, nil, true end
      if digest.sha256_file(path) == row.sha256 then return path, row.sha256, true end
      if size_of(path) then
        log.write("warn", path .. " has changed since it was fetched; it is fetched again")
        os.rename(path, path .. ".damaged")
      end
      return nil, nil, true
    end
  end
  return nil, nil, false
end

-- What a run fetched that ended before it could tell the journal.
local function from_folder(base)
  for _, extension in ipairs(media_type.extensions) do
    local path = base .. "." .. extension
    if size_of(path) then return path end
  end
end

-- Gives a fetched file the name that its content asks for.
local function name_by_content(task, base)
  local extension, problem = media_type.extension_of(base)
  if not extension then
    os.remove(base)
    fail(task, ("the result of task %s is no media file: %s"):format(task.id, problem))
  end
  local path = base .. "." .. extension
  local ok, message = os.rename(base, path)
  if not ok then fail(task, "cannot keep the result: " .. message) end
  return path
end

local function record(task, place, url, path)
  local sha256, _, message = digest.sha256_file(path)
  if not sha256 then fail(task, "cannot read what was fetched: " .. message) end
  core.crash_point("T7-before")
  session.journal():stored({
    task_id = task.id, place = place, url = url, file = path:match("[^/]*$"), sha256 = sha256,
    bytes = size_of(path),
  })
  core.crash_point("T7")
  return sha256
end

-- The path of a kept file, and its SHA-256 unless it was only looked at.
local function obtain(task, place, must_read)
  local folder = folder_of_results()
  local path, sha256, is_known = from_journal(task, place, folder, must_read)
  if path then return path, sha256 end
  make_folders(task, folder)
  local base, url = folder .. "/" .. stem_of(task, place), task.urls[place]
  path = not is_known and from_folder(base) or nil
  if not path then
    if not size_of(base) then
      local err
      url, err = download.result(task, place, base)
      if not url then Error.raise(err) end
    end
    path = name_by_content(task, base)
  end
  return path, record(task, place, url, path)
end

-- Works -------------------------------------------------------------------------------------------

local function settle(work, ok, result, sha256)
  if ok then
    work.path, work.sha256 = result, sha256
  else
    work.failure = result
    if work.waiters == 0 and Error.is(result) and result.kind ~= "cancelled" then
      log.write("warn", result.message)
    end
  end
  work.settled = true
  running = running - 1
  work.changed:fire()
  ended:fire()
end

-- The work has a job of its own: a waiter that is cancelled does not end it.
local function start(task, place, must_read)
  local work = { changed = job.signal(), waiters = 0 }
  works[task] = works[task] or {}
  works[task][place] = work
  running = running + 1
  job.spawn(function()
    settle(work, pcall(slots.run, slots, obtain, task, place, must_read))
  end):detach()
  return work
end

-- A work that failed is begun anew by the next who asks, and so is one that only looked at a file
-- which is going to be used now.
local function work_of(task, place)
  local work = works[task] and works[task][place]
  local is_fit = work and work.failure == nil and (work.sha256 or not work.settled)
  return is_fit and work or start(task, place, true)
end

--- Fetches all results of a task in the background, unless they are kept already. Failures are
--- logged, and raised to who asks for the file.
---@param task reel.Task   succeeded
function results.start(task)
  if session.plan then return end
  for place = 1, #task.urls do
    if not (works[task] and works[task][place]) then start(task, place) end
  end
end

--- The kept file of a result; waits until it is fetched. Raises "expired" or "download".
---@async
---@param task reel.Task   succeeded
---@param place integer    1 to #task.urls
---@return string path     absolute
---@return string sha256   of its content, which has just been read or was in this run
function results.file(task, place)
  local work
  repeat
    work = work_of(task, place)
    work.waiters = work.waiters + 1
    while not work.settled do work.changed:wait() end
    if work.failure ~= nil then error(work.failure, 0) end
  until work.sha256
  return work.path, work.sha256
end

--- Waits until nothing is fetched any more, at most so many seconds.
---@async
---@param timeout number?
---@return boolean done
function results.finish(timeout)
  local deadline = timeout and job.now() + timeout
  while running > 0 do
    if not ended:wait(deadline and math.max(deadline - job.now(), 0)) then return false end
  end
  return true
end

return results
