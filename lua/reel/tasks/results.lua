-- The results that reel keeps. Links expire, so every result is fetched into .reel/media as soon as
-- its task has succeeded. A failure here never changes the task, which is paid for.
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
local fetches = setmetatable({}, { __mode = "k" }) -- task -> place -> fetch
local running = 0
local ended = job.signal()

local function raise_download_error(task, message)
  Error.raise({ kind = "download", task_id = task.id, billed = "yes", message = message })
end

-- Files -------------------------------------------------------------------------------------------

-- Without a journal the results go to another folder: among the others they would look like results
-- whose journal was lost.
local function folder_of_results()
  local settings = config.settings()
  local name = settings.journal == "none" and "loose" or "media"
  return settings.project_folder .. "/.reel/" .. name
end

local function make_folders(task, folder)
  for _, path in ipairs { folder:match("^(.*)/"), folder } do
    local made, _, message = files.make_folder(path)
    if not made then raise_download_error(task, "cannot keep results: " .. message) end
  end
end

-- The name of a result's file without its extension. Ids come over the network, so an id that could
-- be harmful in a path is replaced by its hash.
local function stem_of(task, place)
  local is_plain = task.id:find("^%w[%w_-]*$") and #task.id <= 100
  return ("%s-%d"):format(is_plain and task.id or digest.sha256(task.id):sub(1, 32), place)
end

local function size_of(path)
  local attributes = lfs.symlinkattributes(path)
  return attributes and attributes.mode == "file" and attributes.size or nil
end

-- Whether a file has the size that it was stored with, and no later date. To read all clips in
-- every run would take seconds.
local function looks_unchanged(path, row)
  local attributes = lfs.symlinkattributes(path)
  return attributes and attributes.mode == "file" and attributes.size == row.bytes
    and attributes.modification <= row.stored_ms // 1000
end

-- Returns the path of the file that the journal lists for a result, the file's SHA-256 if the file
-- was read, and whether the journal lists a file at all. A damaged file is renamed, and its path is
-- nil, so that the result is fetched again.
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

-- The file of a run that fetched a result but ended before the journal had it.
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
    raise_download_error(task, ("the result of task %s is not a media file: %s"):format(task.id,
      problem))
  end
  local path = base .. "." .. extension
  local ok, message = os.rename(base, path)
  if not ok then raise_download_error(task, "cannot keep the result: " .. message) end
  return path
end

local function record(task, place, url, path)
  local sha256, _, message = digest.sha256_file(path)
  if not sha256 then raise_download_error(task, "cannot read the fetched file: " .. message) end
  core.crash_point("T7-before")
  session.journal():stored({
    task_id = task.id, place = place, url = url, file = path:match("[^/]*$"), sha256 = sha256,
    bytes = size_of(path),
  })
  core.crash_point("T7")
  return sha256
end

-- Returns the path of a result's file, and the file's SHA-256 unless only its size and date were
-- checked. Fetches the result if there is no such file.
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

-- Fetches -----------------------------------------------------------------------------------------

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
    settle(fetch, pcall(slots.run, slots, obtain, task, place, must_read))
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
