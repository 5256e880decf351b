-- Remembers which settings files of projects the user trusts, as direnv does: a mark in the user's
-- state folder has the SHA-256 of the file's path and content. A file that was changed or moved is
-- not trusted any longer.
local Error = require "reel.base.error"
local digest = require "reel.core.digest"
local folder = require "reel.core.folder"
local owned = require "reel.core.owned"
local user_folders = require "reel.base.user_folders"

local trust = {}

local MAX_MARK_BYTES <const> = 64 * 1024

local function mark_path(path, env)
  local state = user_folders.state(env or os.getenv)
  return state and state .. "/trust/" .. digest.sha256(path)
end

local function mark_of(path, content)
  return digest.sha256(path .. "\0" .. content)
end

local function real_path(path)
  local real, _, message = owned.resolve(path)
  if not real then Error.raise { kind = "config", message = message } end
  return real
end

--- Whether the user trusts a file with this content.
---@param path string
---@param content string
---@param env? fun(name: string): string?   default os.getenv
---@return "trusted"|"changed"|"unknown"   "changed": the user has trusted it with another content
function trust.state(path, content, env)
  local real = real_path(path)
  local mark = mark_path(real, env)
  local text, facts = owned.read(mark or "/dev/null", MAX_MARK_BYTES)
  if not text or facts.fault then return "unknown" end
  return text:match("^%x+") == mark_of(real, content) and "trusted" or "changed"
end

--- Trusts a file as long as it has this content.
---@param path string
---@param content string
---@param env? fun(name: string): string?
function trust.store(path, content, env)
  local real = real_path(path)
  local mark = mark_path(real, env)
  if not mark then
    Error.raise { kind = "config", message = "there is no place to remember what is trusted: "
      .. "set HOME or XDG_STATE_HOME" }
  end
  user_folders.make_above(mark)
  local parent, name = mark:match("^(.*)/([^/]*)$")
  local marks <close>, _, message = folder.make(parent)
  local done = marks
  if marks then
    done, _, message = marks:write(name, mark_of(real, content) .. "\n" .. real .. "\n")
  end
  if not done then Error.raise { kind = "config", message = "cannot remember it: " .. message } end
end

--- Takes the trust in a file back. Returns whether there was any.
---@param path string
---@param env? fun(name: string): string?
---@return boolean
function trust.revoke(path, env)
  local mark = mark_path(real_path(path), env)
  return mark ~= nil and os.remove(mark) ~= nil
end

return trust
