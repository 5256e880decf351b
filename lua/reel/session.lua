-- Holds what one runtime knows while it runs: its journal, and the tasks and calls of its scripts.
local Error = require "reel.base.error"
local Journal = require "reel.journal"
local config = require "reel.config"
local dot_reel = require "reel.config.dot_reel"
local semaphore = require "reel.jobs.semaphore"
local lfs = require "lfs"
local log = require "reel.base.log"
local recovery = require "reel.journal.recovery"

local session = {
  project = "",
  tasks = setmetatable({}, { __mode = "v" }), -- id -> reel.Task
  calls = {},                -- id of a call -> the call, or the id of its task (pay/prepare.lua)
  plan = nil,                -- set while a script is only planned (pay/plan.lua)
  has_met_ambiguous = false, -- whether a call of this run has failed with kind "ambiguous"
  awaited = {},              -- ids of attempts whose outcome a callback may still tell -> true
}

local slots, journal
local opening_lock = semaphore.new(1)

local ENOENT <const> = 2

-- Whether there is a file or folder at a path. An empty file counts as none, since SQLite would
-- begin a new journal in it. Raises if the system cannot tell: to take a journal for absent would
-- mean to pay for everything again.
local function has_content(path)
  local attributes, message, code = lfs.attributes(path)
  if attributes then return attributes.mode ~= "file" or attributes.size > 0 end
  if code == ENOENT then return false end
  Error.raise({ kind = "journal", message = message })
end

-- Raises if there are clips but no journal, since a new journal would pay for them again.
local function check_media(path)
  local media = (path:match("^(.*)/") or ".") .. "/media"
  if has_content(path) or not has_content(media) then return end
  for name in lfs.dir(media) do
    if name:find("^[^.]") then
      Error.raise({ kind = "journal", message = ("%s holds clips, but its journal %s is gone: "
        .. "restore it, or move the clips away to start with a new journal"):format(media, path) })
    end
  end
end

-- Raises if the journal's folder is a .reel that is not to be trusted. Only a journal that the user
-- has put elsewhere is in another folder.
local function check_folder(path, make)
  local project_folder = config.settings().project_folder
  if not project_folder or path ~= project_folder .. "/.reel/journal.db" then return end
  local found = make and dot_reel.make(project_folder) or dot_reel.find(project_folder)
  if found then found:close() end
end

-- The path that SQLite opens. A plan makes no file: where there is no journal, it reads an empty
-- one in memory.
local function database_of(path)
  if path == "none" then
    log.write("warn", "the journal is off: a second run pays again, and a crash loses tasks")
    return ":memory:"
  end
  check_folder(path)
  check_media(path)
  if session.plan and not has_content(path) then return ":memory:" end
  check_folder(path, not session.plan)
  return path
end

local function open_journal(path)
  if journal and journal.configured_path == path then return journal end
  if journal then journal:close() end
  local opened = Journal.open(database_of(path), session.project, config.script())
  if session.plan then recovery.warn(opened) else recovery.run(opened) end
  opened.configured_path = path
  journal = opened
  return journal
end

--- The journal, which is opened when it is first used.
---@async
---@return reel.Journal
function session.journal()
  local path = config.usable("journal")
  if journal and journal.configured_path == path then return journal end
  return opening_lock:run(open_journal, path)
end

--- The journal, if it is open or its file exists; this makes no file.
---@async
---@return reel.Journal?
function session.known_journal()
  local path = config.usable("journal")
  if journal and journal.configured_path == path then return journal end
  if path == "none" then return nil end
  check_folder(path)
  check_media(path)
  return has_content(path) and session.journal() or nil
end

--- Whether a person has to look at an attempt of this run.
---@return boolean
function session.needs_person()
  return session.has_met_ambiguous or next(session.awaited) ~= nil
end

--- The semaphore that bounds the creates under way to create_parallel. Each call sets the bound
--- again, since a script may change the setting.
function session.slots()
  local limit = config.settings().create_parallel
  slots = slots or semaphore.new(limit)
  slots:set_limit(limit)
  return slots
end

return session
