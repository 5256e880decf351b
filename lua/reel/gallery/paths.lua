-- Paths from a page to its files. They are computed from the names alone, so the page and its files
-- can be moved together.
local paths = {}

local function segments(path)
  local found = {}
  for name in path:gmatch("[^/]+") do
    if name == ".." then
      found[#found] = nil
    elseif name ~= "." then
      found[#found + 1] = name
    end
  end
  return found
end

--- Makes a path absolute.
---@param path string
---@param folder string   absolute; a relative path begins there
---@return string
function paths.absolute(path, folder)
  if not path:find("^/") then path = folder .. "/" .. path end
  return "/" .. table.concat(segments(path), "/")
end

--- The relative path from a folder to a file. Both arguments are absolute.
---@param folder string
---@param path string
---@return string
function paths.relative(folder, path)
  local from, to = segments(folder), segments(path)
  local shared = 0
  while from[shared + 1] and from[shared + 1] == to[shared + 1] do shared = shared + 1 end
  return ("../"):rep(#from - shared) .. table.concat(to, "/", shared + 1)
end

return paths
