-- Puts kept results where people want them.
local Error = require "reel.base.error"
local digest = require "reel.core.digest"
local files = require "reel.core.files"
local lfs = require "lfs"
local media_type = require "reel.base.media_type"
local config = require "reel.config"
local session = require "reel.session"

local media = {}

-- "take 1.5" has none.
local function has_extension(path)
  return path:find("[^/]%.%a%w*$") ~= nil
end

local function fail(fields, message)
  return nil, Error.new({
    kind = "download", task_id = fields.task_id, billed = "yes", message = message,
  })
end

local function make_folder(path)
  local folder = path:match("^(.*)/[^/]*$")
  local is_there = not folder or folder == "" or lfs.attributes(folder, "mode") == "directory"
  if is_there then return true end
  make_folder(folder)
  return lfs.mkdir(folder)
end

local function absolute(path)
  return path:find("^/") and path or lfs.currentdir() .. "/" .. path
end

-- How the journal calls a path: inside of the project by the way from there, so that a project can
-- be moved.
local function name_of(path)
  local folder = config.settings().project_folder .. "/"
  local full = absolute(path):gsub("/%./", "/")
  return full:sub(1, #folder) == folder and full:sub(#folder + 1) or full
end

-- Whether a file with this content may take the place at path, and whether it is there already.
local function look_at(path, content, options)
  local mode = lfs.symlinkattributes(path, "mode")
  if not mode then return true end
  if mode == "directory" then return false end
  local there = mode == "file" and digest.sha256_file(path) or nil
  if there == content then return true, true end
  local is_ours = there ~= nil and there == session.journal():saved_sha(name_of(path))
  return options.overwrite or is_ours
end

local function refusal(path, options)
  return fail(options, ("%s exists and reel did not write it; save elsewhere or pass "
    .. "{ overwrite = true }"):format(path))
end

--- Whether a result could be put at a path, as far as that is known before there is one: nil and
--- the reason when the path is a folder, or a file that reel did not write.
---@async
---@param path string
---@return boolean? may, string? reason
function media.may_put(path)
  local mode = lfs.symlinkattributes(path, "mode")
  if mode == "directory" or path:find("/$") then return nil, path .. " is a folder" end
  if not mode or session.journal():saved_sha(name_of(path)) then return true end
  return nil, path .. " exists and reel did not write it"
end

--- Copies a kept result to where it is wanted. A missing extension comes from the content. The same
--- content there already is fine, what reel wrote there before is replaced; anything else stays,
--- unless `overwrite` allows to replace it. No symbolic link is followed at the last step.
---@async
---@param kept string
---@param path string
---@param options { overwrite: boolean?, task_id: string, sha256: string }   `sha256`: of the result
---@return string? path, reel.Error? err
function media.put(kept, path, options)
  if not has_extension(path) then path = path .. "." .. (media_type.extension_of(kept) or "bin") end
  local content = options.sha256
  local made, problem = make_folder(path)
  if not made then
    return fail(options, ("cannot make the folder of %s: %s"):format(path, problem))
  end
  local may, is_there = look_at(path, content, options)
  if not may then return refusal(path, options) end
  if not is_there then
    local bytes, _, message = files.copy(kept, path)
    if not bytes then return fail(options, "cannot write " .. message) end
  end
  session.journal():saved(name_of(path), content, options.task_id)
  return path
end

return media
