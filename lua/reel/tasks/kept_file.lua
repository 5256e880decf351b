-- The file of a kept result: its folder below .reel, its name, and whether it still has the content
-- that the journal recorded. results.lua says when a result is fetched, download.lua how.
local Error = require "reel.base.error"
local config = require "reel.config"
local core = require "reel.core.journal"
local digest = require "reel.core.digest"
local dot_reel = require "reel.config.dot_reel"
local download = require "reel.tasks.download"
local log = require "reel.base.log"
local media_type = require "reel.base.media_type"
local session = require "reel.session"
local task_ids = require "reel.vendor.task_ids"

local kept_file = {}

-- A larger file is not read; it cannot be a result, which reel fetches up to a smaller size.
local MAX_BYTES <const> = 4 * 1024 * 1024 * 1024

local function raise_download_error(task, message)
  Error.raise({ kind = "download", task_id = task.id, billed = "yes", message = message })
end

-- Opens the folder of the results. Without a journal they go to another one: among the others they
-- would look like results whose journal was lost.
local function open_folder(task)
  local parent <close> = dot_reel.make(config.usable("project_folder"))
  local name = config.usable("journal") == "none" and "loose" or "media"
  local folder, _, message = parent:make(name)
  if not folder then raise_download_error(task, "cannot keep results: " .. message) end
  return folder
end

-- The name of a result's file without its extension. Ids come over the network, so an id that could
-- be harmful in a path is replaced by its hash.
local function stem_of(task, place)
  local is_plain = task.id:find("^%w[%w_-]*$") and #task.id <= 100
  return ("%s-%d"):format(is_plain and task.id or digest.sha256(task.id):sub(1, 32), place)
end

local function size_of(folder, name)
  local attributes = folder:attributes(name)
  return attributes and attributes.mode == "file" and attributes.size or nil
end

-- Whether a file has the size that it was stored with, and no later date. To read all clips in
-- every run would take seconds.
local function looks_unchanged(folder, row)
  local attributes = folder:attributes(row.file)
  return attributes and attributes.mode == "file" and attributes.size == row.bytes
    and attributes.modification <= row.stored_ms // 1000
end

-- The row of a result in the journal, if there is one. A name that reel would not have chosen is
-- not used.
local function row_of(task, place)
  for _, row in ipairs(session.journal():artifacts(task._origin, task.id)) do
    local is_name = #row.file <= 200 and row.file:find("^%w[%w_.-]*$")
    if row.place == place and is_name then return row end
  end
end

-- Returns the name of the file that the journal lists for a result, the file's SHA-256 if the file
-- was read, and whether the journal lists a file at all. A damaged file is renamed, and its name is
-- nil, so that the result is fetched again.
local function from_journal(task, place, folder, must_read)
  local row = row_of(task, place)
  if not row then return nil, nil, false end
  if not must_read and looks_unchanged(folder, row) then return row.file, nil, true end
  local size = size_of(folder, row.file)
  local is_readable = size == row.bytes and size <= MAX_BYTES
  if is_readable and folder:sha256(row.file) == row.sha256 then
    return row.file, row.sha256, true
  end
  if size then
    log.write("warn", folder:path(row.file) .. " has changed since it was fetched; it is fetched "
      .. "again")
    folder:rename(row.file, row.file .. ".damaged")
  end
  return nil, nil, true
end

-- The file of a run that fetched a result but ended before the journal had it.
local function from_folder(folder, stem)
  for _, extension in ipairs(media_type.extensions) do
    local name = stem .. "." .. extension
    if size_of(folder, name) then return name end
  end
end

-- Gives a fetched file the name that its content asks for.
local function name_by_content(task, folder, stem)
  local extension, problem = media_type.extension_of(folder:path(stem))
  if not extension then
    folder:remove(stem)
    raise_download_error(task, ("the result of task %s is not a media file: %s"):format(
      task_ids.shown(task.id), problem))
  end
  local name = stem .. "." .. extension
  local ok, _, message = folder:rename(stem, name)
  if not ok then raise_download_error(task, "cannot keep the result: " .. message) end
  return name
end

local function record(task, place, url, folder, name)
  local sha256, _, message = folder:sha256(name)
  if not sha256 then raise_download_error(task, "cannot read the fetched file: " .. message) end
  core.crash_point("T7-before")
  session.journal():stored({
    origin = task._origin, task_id = task.id, place = place, url = url,
    file = name, sha256 = sha256, bytes = size_of(folder, name),
  })
  core.crash_point("T7")
  return sha256
end

-- Fetches a result, unless an earlier run has done so. Returns the name of the file and the URL
-- that it came from.
local function fetch(task, place, folder, is_known)
  local stem, url = stem_of(task, place), task.urls[place]
  local name = not is_known and from_folder(folder, stem)
  if name then return name, url end
  if not size_of(folder, stem) then
    local err
    url, err = download.result(task, place, folder, stem)
    if not url then Error.raise(err) end
  end
  return name_by_content(task, folder, stem), url
end

--- The kept file of a result. Fetches the result if there is no such file, or if the file has
--- changed. Raises "expired", "download" or, for a folder that is not to be trusted, "config".
---@async
---@param task reel.Task   succeeded
---@param place integer    1 to #task.urls
---@param must_read boolean?   Compare the content, too; else the size and the date are enough.
---@return string path       absolute
---@return string? sha256    of the content, if it was read
function kept_file.obtain(task, place, must_read)
  local folder <close> = open_folder(task)
  local name, sha256, is_known = from_journal(task, place, folder, must_read)
  if name then return folder:path(name), sha256 end
  local url
  name, url = fetch(task, place, folder, is_known)
  return folder:path(name), record(task, place, url, folder, name)
end

return kept_file
