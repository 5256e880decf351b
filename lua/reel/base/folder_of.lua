--- The folder of a file: "." for a bare name, "/" for a file of the root.
---@param path string
---@return string
local function folder_of(path)
  local folder = path:match("^(.*)/[^/]*$")
  return folder == "" and "/" or folder or "."
end

return folder_of
