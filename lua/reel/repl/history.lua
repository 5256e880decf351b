-- The lines of earlier sessions: a file with one entry on each line, in the user's state folder,
-- which only its owner may read. Entries that hold a key are removed, also when the key becomes
-- known later.
local editor = require "reel.core.editor"
local user_folders = require "reel.base.user_folders"

local History = {}
local history_mt = { __name = "reel.repl.History", __index = History }

local history = {}

local MAX_ENTRIES <const> = 1000

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
  local folder = user_folders.state(env)
  return folder and folder .. "/history"
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
  local file = io.open(self.path)
  if not file then return entries end
  for line in file:lines() do entries[#entries + 1] = decode(line) end
  file:close()
  return entries
end

-- Writes into the existing file, which keeps its mode.
local function rewrite(self, entries)
  local file = io.open(self.path, "w")
  if not file then return end
  for _, entry in ipairs(entries) do file:write(encode(entry), "\n") end
  file:close()
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
  if not self.path or holds_secret(self, entry) then return end
  if editor.append(self.path, encode(entry) .. "\n") then table.insert(self.added, entry) end
end

--- Opens the history. The first entry makes the file.
---@param path string?              nil: nothing is kept
---@param secrets fun(): string[]   the keys that are known now
---@return table
---@return string[] entries   at most 1000, the oldest first
function history.open(path, secrets)
  local self = setmetatable({ path = path, secrets = secrets, added = {} }, history_mt)
  if not path then return self, {} end
  user_folders.make_above(path)
  local all = read_entries(self)
  local entries = drop_secrets(self, all)
  if #entries > MAX_ENTRIES then
    entries = table.move(entries, #entries - MAX_ENTRIES + 1, #entries, 1, {})
  end
  if #entries < #all then rewrite(self, entries) end
  return self, entries
end

return history
