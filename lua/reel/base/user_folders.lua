-- Where the user's own files of reel lie (XDG Base Directory Specification).
local files = require "reel.core.files"

local user_folders = {}

local function folder_of(env, variable, below_home)
  local path, home = env(variable), env("HOME")
  if path and path:find("^/") then return path .. "/reel" end
  if home and home:find("^/") then return home .. below_home .. "/reel" end
end

--- The folder of what reel remembers of the user; nil when neither XDG_STATE_HOME nor HOME says
--- where.
---@param env fun(name: string): string?
---@return string?
function user_folders.state(env)
  return folder_of(env, "XDG_STATE_HOME", "/.local/state")
end

--- The folder of the user's own configuration; nil when neither XDG_CONFIG_HOME nor HOME says
--- where.
---@param env fun(name: string): string?
---@return string?
function user_folders.config(env)
  return folder_of(env, "XDG_CONFIG_HOME", "/.config")
end

--- Makes the folders above a path that are missing. Only the user may use them.
---@param path string
function user_folders.make_above(path)
  for place in path:gmatch("()/") do
    if place > 1 then files.make_folder(path:sub(1, place - 1)) end
  end
end

return user_folders
