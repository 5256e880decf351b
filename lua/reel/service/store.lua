-- The data of a service that stay when it ends: a folder with a JSON file for each task, and media.
--
--   tasks/<id>.json   written whole, then renamed into place
--   files/            results; files/uploads/ has what clients sent
--   lock              held while a service runs; contains its process id
--
-- The folder may have come with a project from elsewhere, so its folders are opened by descriptor
-- and no link is followed, nothing in them is ever removed, and a task file is only data. Renders
-- and bodies of requests that are not answered yet lie in temporary folders outside of it.
local canonical_json = require "reel.base.canonical_json"
local files = require "reel.core.files"
local folder = require "reel.core.folder"
local json = require "reel.base.json"
local lfs = require "lfs"
local process = require "reel.core.process"
local temporary_folder = require "reel.base.temporary_folder"

---@class reel.service.Store
---@field root string                Absolute.
---@field files reel.core.Folder     For media.
---@field incoming reel.core.Folder  For bodies of requests; removed when the store is closed.
local Store = {}
local store_mt = { __name = "reel.service.Store", __index = Store }

local store = {}

local MAX_RECORD_BYTES <const> = 8 * 1024 * 1024 -- holds a request of 1 MiB that is escaped again
local MAX_TASKS <const> = 20000
local MAX_TOTAL_BYTES <const> = 256 * 1024 * 1024
local MAX_WARNINGS <const> = 5
local MAX_NAME_SHOWN <const> = 60
local LOCK <const> = "lock"
local LOCK_BYTES <const> = 32
local ID <const> = ("%x"):rep(32)

local function absolute(path)
  if path:sub(1, 1) == "/" then return path end
  return lfs.currentdir() .. "/" .. path
end

-- Makes the folders above the root that are missing. They are the user's.
local function make_folders_above(root)
  for place in root:gmatch("()/") do
    local path = root:sub(1, place - 1)
    if path ~= "" and not lfs.attributes(path) then
      local made, _, message = files.make_folder(path)
      if not made then return nil, "cannot make the folder " .. path .. ": " .. message end
    end
  end
  return true
end

-- The lock -----------------------------------------------------------------------------------

local function name_holder(root)
  local pid = tonumber((root:read(LOCK, LOCK_BYTES)))
  if pid == process.pid() then return pid .. " (this one)" end
  return pid or "unknown"
end

local function lock(root)
  local held, word, message = files.lock(LOCK, root)
  if word ~= "busy" then return held, word, message end
  return nil, "busy", ("%s is in use by the local service of process %s; "
    .. "start one with `reel serve` and share it with --base-url"):format(root:path(),
      name_holder(root))
end

-- Tasks --------------------------------------------------------------------------------------

---Writes the record of a task.
---@param id string
---@param record table   Has only values that canonical JSON can hold.
---@return boolean? written
---@return string? message
function Store:save(id, record)
  local written, _, message = self._tasks:write(id .. ".json", canonical_json.encode(record))
  return written, message
end

-- Reads one task file. Returns its record and its size, or nil and what is wrong with it.
local function read_record(self, name)
  local id = name:match("^(" .. ID .. ")%.json$")
  if not id then return nil, "its name is not 32 hexadecimal digits and .json" end
  local text, is_whole, message = self._tasks:read(name, MAX_RECORD_BYTES)
  if not text then return nil, message end
  if not is_whole then return nil, ("it has more than %d bytes"):format(MAX_RECORD_BYTES) end
  local record
  record, message = json.decode(text, { max_bytes = MAX_RECORD_BYTES })
  if type(record) ~= "table" then return nil, message or "no object" end
  if record.id ~= id then return nil, "its id is not that of its name" end
  return record, #text
end

-- Makes the function that warns of a task file; of many, only the first ones are told.
local function new_warner(log)
  local count = 0
  return function(name, message)
    count = count + 1
    if count <= MAX_WARNINGS then
      log("warn", ("skipping the task file %s: %s"):format(name:sub(1, MAX_NAME_SHOWN), message))
    elseif count == MAX_WARNINGS + 1 then
      log("warn", "skipping more task files")
    end
  end
end

local function read_records(self, names, warn)
  local records, total = {}, 0
  for _, name in ipairs(names) do
    local record, size
    if total > MAX_TOTAL_BYTES then
      size = ("all task files together have more than %d bytes"):format(MAX_TOTAL_BYTES)
    else
      record, size = read_record(self, name)
    end
    if record then
      records[#records + 1], total = record, total + size
    else
      warn(name, size)
    end
  end
  return records
end

---Returns all records, in no order. A file that is not the file of a task is skipped, with a
---warning in the log.
---@param log fun(level: string, text: string)
---@return table[] records   What is in them was not checked, except for the id.
---@return fun(name: string, message: string) warn   Logs that a task file is skipped.
function Store:load(log)
  local warn, names = new_warner(log), {}
  local found, is_whole, message = self._tasks:list(MAX_TASKS)
  if not found then
    log("warn", "cannot read the task files: " .. message)
    return {}, warn
  end
  for _, name in ipairs(found) do
    if name:sub(1, 1) ~= "." then names[#names + 1] = name end -- as a killed service leaves them
  end
  if not is_whole then
    log("warn", ("there are more than %d task files; the others are skipped"):format(MAX_TASKS))
  end
  table.sort(names)
  return read_records(self, names, warn), warn
end

---Releases the lock. It may be called twice.
function Store:close()
  if not self._lock then return end
  self._remove_incoming()
  self._lock:close()
  self._lock = nil
end

-- Opening ------------------------------------------------------------------------------------

-- Returns the folders of tasks and of media.
local function open_folders(root)
  local tasks, _, message = root:make("tasks")
  if not tasks then return nil, message end
  local media
  media, _, message = root:make("files")
  if not media then return nil, message end
  return tasks, media
end

---Opens the store in a folder and locks it.
---@param path string
---@return reel.service.Store?
---@return string? word      "busy" when a service uses the folder, else "system".
---@return string? message
function store.open(path)
  path = absolute(path)
  local made, message = make_folders_above(path)
  if not made then return nil, "system", message end
  local root, _
  root, _, message = folder.make(path)
  if not root then return nil, "system", message end
  local tasks, media = open_folders(root)
  if not tasks then return nil, "system", media end
  local held, word
  held, word, message = lock(root)
  if not held then return nil, word, message end
  local incoming, remove_incoming = temporary_folder.new()
  if not incoming then return nil, "system", remove_incoming end
  return setmetatable({
    root = path, files = media, incoming = incoming, _tasks = tasks, _lock = held,
    _remove_incoming = remove_incoming,
  }, store_mt)
end

return store
