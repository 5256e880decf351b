-- The lines of earlier sessions: a file with one entry on each line, in the user's state folder,
-- which only its owner may read. Entries that hold a key are removed, also when the key becomes
-- known later.
local editor = require "reel.core.editor"
local folder = require "reel.core.folder"
local user_folders = require "reel.base.user_folders"

local History = {}
local history_mt = { __name = "reel.repl.History", __index = History }

local history = {}

local NAME <const> = "history"
local MAX_ENTRIES <const> = 1000
local MAX_BYTES <const> = 16 * 1024 * 1024

local function encode(entry)
  return (entry:gsub("\\", "\\\\"):gsub("\n", "\\n"))
end

local function decode(line)
  return (line:gsub("\\(.)", { n = "\n", ["\\"] = "\\" }))
end

--- The path of the history; nil when neither XDG_STATE_HOME nor HOME says where.
---@param env fun(name: string): string?
---@return string?
function history.path(env)
  local state = user_folders.state(env)
  return state and state .. "/" .. NAME
end

-- Opens the folder of the history, which is made if it is missing; those above it are the user's.
local function open_folder(path)
  user_folders.make_above(path)
  return folder.make(path)
end

local function sets_a_key(entry)
  local text = entry:lower()
  return text:find("api_key[%]\"']*%s*=") or text:find("webhook_key[%]\"']*%s*=")
end

local function holds_secret(self, entry)
  if sets_a_key(entry) then return true end
  for _, secret in ipairs(self.secrets()) do
    if secret ~= "" and entry:find(secret, 1, true) then return true end
  end
  return false
end

local function read_entries(self)
  local entries = {}
  local text = self.folder:read(NAME, MAX_BYTES) or ""
  for line in text:gmatch("[^\n]+") do entries[#entries + 1] = decode(line) end
  return entries
end

local function rewrite(self, entries)
  local lines = {}
  for i, entry in ipairs(entries) do lines[i] = encode(entry) .. "\n" end
  self.folder:write(NAME, table.concat(lines))
end

local function drop_secrets(self, entries)
  local kept = {}
  for _, entry in ipairs(entries) do
    if not holds_secret(self, entry) then kept[#kept + 1] = entry end
  end
  return kept
end

--- Adds an entry to the file, unless it holds a secret. A write that fails is ignored.
---@param entry string
function History:add(entry)
  for _, earlier in ipairs(self.added) do
    if holds_secret(self, earlier) then
      rewrite(self, drop_secrets(self, read_entries(self)))
      self.added = drop_secrets(self, self.added)
      break
    end
  end
  if not self.folder or holds_secret(self, entry) then return end
  local path = self.folder:path(NAME)
  if editor.append(path, encode(entry) .. "\n") then table.insert(self.added, entry) end
end

--- Opens the history. The first entry makes the file. Nothing is kept if its folder cannot be made,
--- or is not the user's own.
---@param path string?              nil: nothing is kept
---@param secrets fun(): string[]   the keys that are known now
---@return table
---@return string[] entries   at most 1000, the oldest first
function history.open(path, secrets)
  local opened = path and open_folder(path:match("^(.*)/")) or nil
  local self = setmetatable({ folder = opened, secrets = secrets, added = {} }, history_mt)
  if not opened then return self, {} end
  local all = read_entries(self)
  local entries = drop_secrets(self, all)
  if #entries > MAX_ENTRIES then
    entries = table.move(entries, #entries - MAX_ENTRIES + 1, #entries, 1, {})
  end
  if #entries < #all then rewrite(self, entries) end
  return self, entries
end

return history
