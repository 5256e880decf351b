-- The file of a kept result: its folder below .reel, its name, and whether it still has the content
-- that the journal recorded. results.lua says when a result is fetched, download.lua how.
local Error = require "reel.base.error"
local config = require "reel.config"
local core = require "reel.core.journal"
local digest = require "reel.core.digest"
local download = require "reel.tasks.download"
local files = require "reel.core.files"
local lfs = require "lfs"
local log = require "reel.base.log"
local media_type = require "reel.base.media_type"
local session = require "reel.session"
local task_ids = require "reel.vendor.task_ids"

local kept_file = {}

local function raise_download_error(task, message)
  Error.raise({ kind = "download", task_id = task.id, billed = "yes", message = message })
end

-- Without a journal the results go to another folder: among the others they would look like results
-- whose journal was lost.
local function folder_of_results()
  local name = config.usable("journal") == "none" and "loose" or "media"
  return config.usable("project_folder") .. "/.reel/" .. name
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
  for _, row in ipairs(session.journal():artifacts(task._origin, task.id)) do
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
    raise_download_error(task, ("the result of task %s is not a media file: %s"):format(
      task_ids.shown(task.id), problem))
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
    origin = task._origin, task_id = task.id, place = place, url = url,
    file = path:match("[^/]*$"), sha256 = sha256, bytes = size_of(path),
  })
  core.crash_point("T7")
  return sha256
end

--- The kept file of a result. Fetches the result if there is no such file, or if the file has
--- changed. Raises "expired" or "download".
---@async
---@param task reel.Task   succeeded
---@param place integer    1 to #task.urls
---@param must_read boolean?   Compare the content, too; else the size and the date are enough.
---@return string path       absolute
---@return string? sha256    of the content, if it was read
function kept_file.obtain(task, place, must_read)
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

return kept_file
