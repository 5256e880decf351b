-- The folders in which `require` finds the modules of scripts. In a Lua state that reel makes, all
-- entries of package.path are absolute (src/bind/search_path.h), and these functions add no others.
local lfs = require "lfs"
local log = require "reel.base.log"

local search_path = {}

local function absolute(folder)
  if folder:find("^/") then return folder end
  local here, message = lfs.currentdir()
  if not here then error("cannot tell the current folder: " .. message, 0) end
  local below = folder:gsub("^%./+", ""):gsub("^%.$", "")
  return below == "" and here or here:gsub("/$", "") .. "/" .. below
end

--- Lets `require` find the Lua modules of a folder, after those of the folders it searches already.
---@param folder string
---@return string? path   the folder's absolute path; nil: package.path cannot name it, and a
---  warning was logged
function search_path.add(folder)
  local path = absolute(folder)
  if path:find("[;?]") then
    log.write("warn", ('require finds no modules in %s, since package.path cannot name a folder '
      .. 'with ";" or "?"'):format(path))
    return nil
  end
  local root = path:gsub("/+$", "")
  local entries = ("%s/?.lua;%s/?/init.lua"):format(root, root)
  local is_known = (";" .. package.path .. ";"):find(";" .. entries .. ";", 1, true)
  if not is_known then
    package.path = package.path == "" and entries or package.path .. ";" .. entries
  end
  return path
end

--- Lets `require` find the Lua modules beside a script.
---@param script string   its path
function search_path.add_script(script)
  search_path.add(script:match("^(.*/)[^/]*$") or ".")
end

return search_path
