-- The ids of tasks. The vendor's are short and plain, but an id comes over the network or from a
-- file, so it may be any text. People see a hash in place of one that is not plain.
local digest = require "reel.core.digest"

local task_ids = {}

local MAX_CHARACTERS <const> = 100
local SHORT <const> = 12      -- characters of an id in a line of progress
local HASH_DIGITS <const> = 16

--- Whether an id has 1 to 100 letters, digits, "-", "_" and ".".
---@param id string
---@return boolean
function task_ids.is_plain(id)
  return #id <= MAX_CHARACTERS and id:find("^[%w._-]+$") ~= nil
end

--- An id for people: itself, or "sha256:" and the beginning of its hash, by which the commands find
--- the task as well.
---@param id string
---@return string
function task_ids.shown(id)
  return task_ids.is_plain(id) and id or "sha256:" .. digest.sha256(id):sub(1, HASH_DIGITS)
end

--- The same with only the beginning of a plain id.
---@param id string
---@return string
function task_ids.short(id)
  return task_ids.is_plain(id) and id:sub(1, SHORT) or task_ids.shown(id)
end

return task_ids
