---@meta reel.core.owned

error("this file describes reel.core.owned for editors; require reel.core.owned itself")

--- Files that reel believes because they are the user's. No function waits.
---@class reel.core.owned
local owned = {}

---@class reel.core.Facts
---@field kind "file"|"folder"|"link"|"other"
---@field fault "foreign"|"shared"|nil   It belongs to another user; or others may write it, where
---  the user's private group, which has the number of the user, does not count as others.
---@field mode string     Four octal digits.
---@field owner integer   The number of the user.

--- What a path names. A link at its end is not followed.
---@param path string
---@return reel.core.Facts? facts   nil: there is nothing that this user can see
function owned.look(path) end

--- The content of a regular file, and its facts. A link is followed; anything but a regular file is
--- "invalid" and not opened.
---@param path string
---@param max_bytes integer   at most 16 MiB; a larger file is "too_large"
---@return string? content
---@return reel.core.Facts|reel.core.Word facts
---@return string? message
function owned.read(path, max_bytes) end

--- The absolute path without links. What does not exist yet at its end stays as it is.
---@param path string
---@return string? path
---@return reel.core.Word? word
---@return string? message
function owned.resolve(path) end

return owned
