-- Loads the C module reel.core into a stock interpreter. `require` looks for Lua files before C
-- modules and in the current folder too, so a file ./reel/core.lua of anybody's would be run in its
-- place if this file were not here, beside the rest of reel. Programs with libreel have reel.core
-- inside.
local NAME <const> = "reel.core"

local function absolute_entries(path)
  local kept = {}
  for entry in path:gmatch("[^;]+") do
    if entry:find("^/") then kept[#kept + 1] = entry end
  end
  return table.concat(kept, ";")
end

local file = package.searchpath(NAME, absolute_entries(package.cpath))
if not file then
  local message
  file, message = package.searchpath(NAME, package.cpath)
  if not file then error(("module '%s' not found:%s"):format(NAME, message), 0) end
end
return assert(package.loadlib(file, "luaopen_reel_core"))(NAME, file)
