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

--- Makes an empty folder.
---@return reel.core.Folder?
---@return (fun())|string remove   Or why there is none.
function temporary_folder.new()
  local made, _, message = folder.temporary()
  if made then return made, function() remove(made) end end
  return nil, ("cannot make a temporary folder: %s; set TMPDIR to a folder where you may write")
    :format(message)
end

return temporary_folder
