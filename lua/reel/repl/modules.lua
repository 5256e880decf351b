-- The modules of the current folder, which the prompt loads only when it is asked to: a person may
-- have opened it in a folder that somebody else has filled.
local search_path = require "reel.base.search_path"

local modules = {}

local is_added = false

-- A searcher's text is a part of require's message about a module that is not found.
local function explain()
  if not is_added then return "no search in the current folder: .here adds it" end
end

--- Makes the message about a missing module name the command that may help.
function modules.add_hint()
  table.insert(package.searchers, explain)
end

--- Lets `require` find the modules of the current folder.
---@return string? folder   nil: not possible, and a warning was logged
function modules.add_here()
  local folder = search_path.add(".")
  is_added = folder ~= nil
  return folder
end

return modules
