-- Copies the results that reel keeps to the paths that scripts ask for.
local Error = require "reel.base.error"
local digest = require "reel.core.digest"
local files = require "reel.core.files"
local lfs = require "lfs"
local media_type = require "reel.base.media_type"
local config = require "reel.config"
local session = require "reel.session"

local media = {}

-- The name "take 1.5" has no extension: an extension begins with a letter.
local function has_extension(path)
  return path:find("[^/]%.%a%w*$") ~= nil
end

local function download_error(fields, message)
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

-- The name of a path in the journal. A path inside the project's folder is named relative to that
-- folder, so that the project can be moved.
local function name_of(path)
  local folder = config.usable("project_folder") .. "/"
  local full = absolute(path):gsub("/%./", "/")
  return full:sub(1, #folder) == folder and full:sub(#folder + 1) or full
end

-- Whether a file with this content may be written to a path, and whether the path has this content
-- already.
local function check_target(path, content, options)
  local mode = lfs.symlinkattributes(path, "mode")
  if not mode then return true end
  if mode == "directory" then return false end
  local existing = mode == "file" and digest.sha256_file(path) or nil
  if existing == content then return true, true end
  local is_ours = existing ~= nil and existing == session.journal():saved_sha(name_of(path))
  return options.overwrite or is_ours
end

local function refuse_to_overwrite(path, options)
  return download_error(options, ("%s exists and reel did not write it; save elsewhere or pass "
    .. "{ overwrite = true }"):format(path))
end

--- Whether a result may be copied to a path, as far as that is known before there is a result. A
--- folder is refused, and so is a file that reel did not write.
---@async
---@param path string
---@return boolean? may, string? reason   `may` is nil where there is a reason
function media.may_put(path)
  local mode = lfs.symlinkattributes(path, "mode")
  if mode == "directory" or path:find("/$") then return nil, path .. " is a folder" end
  if not mode or session.journal():saved_sha(name_of(path)) then return true end
  return nil, path .. " exists and reel did not write it"
end

--- Copies a kept result to a path. A missing extension is chosen by the content. A file that has
--- the same content is left alone, and a file that reel wrote is replaced. Any other file is an
--- error unless `overwrite` is set. If the path itself is a symbolic link, it is not followed.
---@async
---@param kept string   the path of the kept result
---@param path string
---@param options { overwrite: boolean?, origin: string, task_id: string, sha256: string }
---  `sha256` is that of the result.
---@return string? path, reel.Error? err
function media.put(kept, path, options)
  if not has_extension(path) then path = path .. "." .. (media_type.extension_of(kept) or "bin") end
  local content = options.sha256
  local made, problem = make_folder(path)
  if not made then
    return download_error(options, ("cannot make the folder of %s: %s"):format(path, problem))
  end
  local may, is_there = check_target(path, content, options)
  if not may then return refuse_to_overwrite(path, options) end
  if not is_there then
    local bytes, _, message = files.copy(kept, path)
    if not bytes then return download_error(options, "cannot write " .. message) end
  end
  session.journal():saved(name_of(path), content, options.origin, options.task_id)
  return path
end

return media
