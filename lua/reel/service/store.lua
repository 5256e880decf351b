-- The data of a service that stay when it ends: a folder with a JSON file for each task, and media.
--
--   tasks/<id>.json   written whole, then renamed into place
--   files/            results; files/uploads/ has what clients sent
--   incoming/         bodies of requests that are not answered yet; emptied at start
--   work/             folders of renders that run; emptied at start
--   lock              held while a service runs; contains its process id
local canonical_json = require "reel.base.canonical_json"
local defer = require "reel.base.defer"
local json = require "reel.base.json"
local files = require "reel.core.files"
local lfs = require "lfs"
local process = require "reel.core.process"

---@class reel.service.Store
---@field root string   Absolute.
local Store = {}
local store_mt = { __name = "reel.service.Store", __index = Store }

local store = {}

local MAX_RECORD_BYTES <const> = 8 * 1024 * 1024 -- holds a request of 1 MiB that is escaped again

local function absolute(path)
  if path:sub(1, 1) == "/" then return path end
  return lfs.currentdir() .. "/" .. path
end

---Makes a folder, and the folders above it that are missing.
---@param path string
---@return boolean? made
---@return string? message
function store.make_folder(path)
  local prefix = ""
  for segment in path:gmatch("/*[^/]+") do
    prefix = prefix .. segment
    if not lfs.attributes(prefix) then
      local made, _, message = files.make_folder(prefix)
      if not made then return nil, "cannot make the folder " .. prefix .. ": " .. message end
    end
  end
  return true
end

---Removes the files in a folder and then the folder. A folder that has folders in it stays.
---@param path string
function store.remove_folder(path)
  if not lfs.attributes(path) then return end
  for name in lfs.dir(path) do
    if name ~= "." and name ~= ".." then os.remove(path .. "/" .. name) end
  end
  lfs.rmdir(path)
end

---Writes a file whole or not at all, in place of an earlier one.
---@param path string
---@param bytes string
---@return boolean? written
---@return string? message
function store.write_file(path, bytes)
  local part = path .. ".part"
  local file, message = io.open(part, "wb")
  if not file then return nil, message end
  local written = file:write(bytes) and file:close()
  if written and os.rename(part, path) then return true end
  os.remove(part)
  return nil, "cannot write " .. path
end

---Reads a file.
---@param path string
---@param limit? integer   The number of bytes to read; default: all.
---@return string?
---@return string? message
function store.read_file(path, limit)
  local file <close>, message = io.open(path, "rb")
  if not file then return nil, message end
  return file:read(limit or "a") or ""
end

-- The lock -----------------------------------------------------------------------------------

local function name_holder(path)
  local pid = tonumber(store.read_file(path) or "")
  if pid == process.pid() then return pid .. " (this one)" end
  return pid or "unknown"
end

local function lock(root)
  local path = root .. "/lock"
  local held, word, message = files.lock(path)
  if word ~= "busy" then return held, word, message end
  return nil, "busy", ("%s is in use by the local service of process %s; "
    .. "start one with `reel serve` and share it with --base-url"):format(root, name_holder(path))
end

-- Tasks --------------------------------------------------------------------------------------

---Writes the record of a task.
---@param id string
---@param record table   Has only values that canonical JSON can hold.
function Store:save(id, record)
  return store.write_file(self:path("tasks", id .. ".json"), canonical_json.encode(record))
end

---Returns all records, oldest first. A file that cannot be read is skipped, with a warning in the
---log.
---@param log fun(level: string, text: string)
---@return table[]
function Store:load(log)
  local records = {}
  for name in lfs.dir(self:path("tasks")) do
    if name:find("%.json$") then
      local text = store.read_file(self:path("tasks", name)) or ""
      local record, message = json.decode(text, { max_bytes = MAX_RECORD_BYTES })
      if type(record) == "table" then
        records[#records + 1] = record
      else
        log("warn", ("skipping the task file %s: %s"):format(name, message or "no object"))
      end
    end
  end
  table.sort(records, function(a, b)
    if a.created_ms ~= b.created_ms then return a.created_ms < b.created_ms end
    return a.id < b.id
  end)
  return records
end

---The path of a file or folder of the store.
---@param ... string   Names, from the outermost folder to the file.
---@return string
function Store:path(...)
  return table.concat({ self.root, ... }, "/")
end

---Makes an empty folder for one render. Closing the second value removes it.
---@param id string
---@return string path
---@return table remover   For a `<close>` variable.
function Store:work_folder(id)
  local path = self:path("work", id)
  store.remove_folder(path)
  assert(store.make_folder(path))
  return path, defer(store.remove_folder, path)
end

---Releases the lock. It may be called twice.
function Store:close()
  if not self._lock then return end
  self._lock:close()
  self._lock = nil
end

-- Removes what an earlier service left when it was killed.
local function clear_work(root)
  for name in lfs.dir(root .. "/work") do
    if name ~= "." and name ~= ".." then store.remove_folder(root .. "/work/" .. name) end
  end
  for name in lfs.dir(root .. "/incoming") do
    if name ~= "." and name ~= ".." then os.remove(root .. "/incoming/" .. name) end
  end
end

---Opens the store in a folder and locks it.
---@param root string
---@return reel.service.Store?
---@return string? word      "busy" when a service uses the folder, else "system".
---@return string? message
function store.open(root)
  root = absolute(root)
  for _, folder in ipairs { "/tasks", "/files/uploads", "/work", "/incoming" } do
    local made, message = store.make_folder(root .. folder)
    if not made then return nil, "system", message end
  end
  local held, word, message = lock(root)
  if not held then return nil, word, message end
  clear_work(root)
  return setmetatable({ root = root, _lock = held }, store_mt)
end

return store
