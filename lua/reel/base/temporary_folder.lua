-- A folder outside of the project for the files of one piece of work. It is removed with its files
-- when the work ends; what a killed process leaves there is left to the system.
local folder = require "reel.core.folder"
local lfs = require "lfs"

local temporary_folder = {}

local MAX_FILES <const> = 10000

local function remove(made)
  for _, name in ipairs(made:list(MAX_FILES) or {}) do made:remove(name) end
  lfs.rmdir(made:path())
  made:close()
end

--- Makes an empty folder. Raises if that fails.
---@return reel.core.Folder
---@return fun() remove
function temporary_folder.new()
  local made, _, message = folder.temporary()
  if not made then error("cannot make a temporary folder: " .. message) end
  return made, function() remove(made) end
end

return temporary_folder
