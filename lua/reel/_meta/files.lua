---@meta reel.core.files

error("this file describes reel.core.files for editors; require reel.core.files itself")

--- Functions for files, except those that download.
---@class reel.core.files
local files = {}

--- Copies a file. The copy appears at its path only when it is whole and on the disk.
---@async
---@param from string
---@param to string
---@param folder reel.core.Folder?   then `to` is a name in it
---@return integer? bytes
---@return reel.core.Word? word
---@return string? message
function files.copy(from, to, folder) end

--- The content of a file, read on the I/O thread.
---@async
---@param path string
---@param max_bytes integer   a larger file is "too_large"
---@return string? content
---@return reel.core.Word? word
---@return string? message
function files.read(path, max_bytes) end

--- Makes a folder that only its owner may use. A folder that exists already stays as it is.
---@param path string
---@return true? done
---@return reel.core.Word? word
---@return string? message
function files.make_folder(path) end

--- A lock on a file, which one runtime can hold. Closing it releases the file and is idempotent; a
--- `<close>` variable, the collector and the end of the process release it, too.
---@class reel.core.Lock
local Lock = {}

--- Releases the file.
function Lock:close() end

--- Locks a file, which is made if it is missing, and writes the id of this process into it. A link
--- is not followed.
---@param path string
---@param folder reel.core.Folder?   then `path` is a name in it
---@return reel.core.Lock? lock
---@return reel.core.Word? word   "busy": another runtime has the lock, perhaps in this process
---@return string? message
function files.lock(path, folder) end

return files
