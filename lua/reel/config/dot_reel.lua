-- The folder .reel of a project, which holds what reel keeps: the journal, the results, the local
-- service. It may have come with files from elsewhere, so it is used only if it is a folder of this
-- user's that nobody else may write.
local Error = require "reel.base.error"
local folder = require "reel.core.folder"

local dot_reel = {}

-- Keeps git from taking the journal and the clips along.
local IGNORE_FILE <const>, IGNORE_ALL <const> = ".gitignore", "*\n"

local function path_of(project_folder)
  return project_folder .. "/.reel"
end

local function raise_unusable(message)
  Error.raise({ kind = "config", message = "cannot use " .. message })
end

--- Opens the folder; nil if there is none. Raises "config" for one that is not to be trusted.
---@param project_folder string   absolute
---@return reel.core.Folder?
function dot_reel.find(project_folder)
  local found, word, message = folder.open(path_of(project_folder))
  if not found and word ~= "not_found" then raise_unusable(message) end
  return found
end

--- Opens the folder, which is made if it is missing. Raises "config" if that fails, and for one
--- that is not to be trusted.
---@param project_folder string   absolute
---@return reel.core.Folder
function dot_reel.make(project_folder)
  local found = dot_reel.find(project_folder)
  if found then return found end
  local made, _, message = folder.make(path_of(project_folder))
  if not made then raise_unusable(message) end
  made:write(IGNORE_FILE, IGNORE_ALL) -- only a convenience, so a failure does not matter
  return made
end

return dot_reel
