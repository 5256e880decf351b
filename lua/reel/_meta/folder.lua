---@meta reel.core.folder

error("this file describes reel.core.folder for editors; require reel.core.folder itself")

--- Folders that reel keeps files in. A folder of reel's is no link, belongs to the user, and cannot
--- be written by others; what is in it is reached without following a link. A name is one part of a
--- path, without control characters; any other text raises.
---@class reel.core.folder
local folder = {}

---@class reel.core.Folder
local Folder = {}

--- Opens a folder of reel's.
---@param path string
---@return reel.core.Folder? folder
---@return reel.core.Word? word      "not_found", or "system" also for a folder that is refused
---@return string? message
function folder.open(path) end

--- Opens a folder of reel's, which is made if it is missing.
---@param path string
---@return reel.core.Folder? folder
---@return reel.core.Word? word
---@return string? message
function folder.make(path) end

--- Opens a folder that the user has named: links are followed, and any owner will do.
---@param path string
---@return reel.core.Folder? folder
---@return reel.core.Word? word
---@return string? message
function folder.open_any(path) end

--- Makes an empty folder of a random name below $TMPDIR or /tmp, for this user alone.
---@return reel.core.Folder? folder
---@return reel.core.Word? word
---@return string? message
function folder.temporary() end

--- Opens a folder in this one, as folder.open does. Without a name, opens this one once more.
---@param name string?
---@return reel.core.Folder? folder
---@return reel.core.Word? word
---@return string? message
function Folder:open(name) end

--- Opens a folder in this one, as folder.make does.
---@param name string
---@return reel.core.Folder? folder
---@return reel.core.Word? word
---@return string? message
function Folder:make(name) end

--- Names in the folder, in no order; a text that is no name is left out.
---@param max integer   how many to return
---@return string[]? names
---@return boolean|reel.core.Word is_whole   whether these are all
---@return string? message
function Folder:list(max) end

--- The first bytes of a regular file.
---@param name string
---@param max_bytes integer   up to 2^30
---@return string? content
---@return boolean|reel.core.Word is_whole   whether these are all
---@return string? message
function Folder:read(name, max_bytes) end

--- Writes a file in place of an earlier one. It gets its name when it is whole and on the disk.
---@param name string
---@param content string
---@return true? done
---@return reel.core.Word? word
---@return string? message
function Folder:write(name, content) end

--- Gives a file another name, in place of an earlier file of that name.
---@param from string
---@param to string
---@return true? done
---@return reel.core.Word? word
---@return string? message
function Folder:rename(from, to) end

--- Removes a file, or a link itself.
---@param name string
---@return true? done
---@return reel.core.Word? word
---@return string? message
function Folder:remove(name) end

--- What is under a name; a link is not followed. `modification` is in seconds since 1970.
---@param name string
---@return { mode: "file"|"directory"|"link"|"other", size: integer, modification: integer }?
---@return reel.core.Word? word
---@return string? message
function Folder:attributes(name) end

--- The SHA-256 of a regular file, in hexadecimal.
---@async
---@param name string
---@return string? sum
---@return reel.core.Word? word
---@return string? message
function Folder:sha256(name) end

--- The path of the folder, or of a file in it, for messages and for other programs.
---@param name string?
---@return string
function Folder:path(name) end

--- Closes the folder. A `<close>` variable and the collector do that, too.
function Folder:close() end

return folder
