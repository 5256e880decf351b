---@meta reel.core.files

error("this file only tells editors what reel.core.files is: require that")

--- What reel does with files besides fetching them.
---@class reel.core.files
local files = {}

--- Copies a file; it appears at its new path only when it is whole and on the disk.
---@async
---@param from string
---@param to string
---@return integer? bytes
---@return reel.core.Word? word
---@return string? message
function files.copy(from, to) end

--- The content of a file, read on the I/O thread.
---@async
---@param path string
---@param max_bytes integer   A larger one is "too_large".
---@return string? content
---@return reel.core.Word? word
---@return string? message
function files.read(path, max_bytes) end

--- Makes a folder that is its owner's alone; one that is there already stays as it is.
---@param path string
---@return true? done
---@return reel.core.Word? word
---@return string? message
function files.make_folder(path) end

--- A file that one runtime holds. It lets go of it when it is closed, twice does no harm; a
--- `<close>` variable, the collector and the end of the process do it, too.
---@class reel.core.Lock
local Lock = {}

--- Lets others have the file.
function Lock:close() end

--- Takes a file, which is made if it is missing, and writes the id of this process into it.
---@param path string
---@return reel.core.Lock? lock
---@return reel.core.Word? word   "busy": another has it, be it a runtime of this process
---@return string? message
function files.lock(path) end

return files
