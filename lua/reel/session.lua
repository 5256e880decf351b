-- What one runtime knows while it runs: its journal, and the tasks and calls it has met.
local Error = require "reel.base.error"
local Journal = require "reel.journal"
local config = require "reel.config"
local semaphore = require "reel.jobs.semaphore"
local lfs = require "lfs"
local log = require "reel.base.log"
local recovery = require "reel.journal.recovery"

local session = {
  project = "",
  tasks = setmetatable({}, { __mode = "v" }), -- id -> reel.Task
  calls = {},                                 -- id of a call -> see pay/prepare.lua
  plan = nil,                                 -- while a script is only planned, see pay/plan.lua
  has_met_ambiguous = false,                  -- a call of this run had no known outcome
  awaited = {},                               -- attempts whose outcome a callback may still tell
}

local slots, journal
local opening = semaphore.new(1)

local ABSENT <const> = 2 -- ENOENT

-- An empty file is none: SQLite would begin a new journal in it. What cannot be looked at is not
-- taken for absent, since then everything would be paid again.
local function is_there(path)
  local attributes, message, code = lfs.attributes(path)
  if attributes then return attributes.mode ~= "file" or attributes.size > 0 end
  if code == ABSENT then return false end
  Error.raise({ kind = "journal", message = message })
end

-- Clips that are there without a journal were paid for: a fresh one would pay again.
local function check_media(path)
  local media = (path:match("^(.*)/") or ".") .. "/media"
  if is_there(path) or not is_there(media) then return end
  for name in lfs.dir(media) do
    if name:find("^[^.]") then
      Error.raise({ kind = "journal", message = ("%s holds clips, but its journal %s is gone: "
        .. "restore it, or move the clips away to begin anew"):format(media, path) })
    end
  end
end

-- Where the database is. A plan makes no file, and sees an empty journal where there is none.
local function place_of(path)
  if path == "none" then
    log.write("warn", "the journal is off: a second run pays again, and a crash loses tasks")
    return ":memory:"
  end
  check_media(path)
  if session.plan and not is_there(path) then return ":memory:" end
  return path
end

local function open_journal(path)
  if journal and journal.wanted == path then return journal end
  if journal then journal:close() end
  local opened = Journal.open(place_of(path), session.project, config.script())
  local look = session.plan and recovery.warn or recovery.run
  look(opened)
  opened.wanted = path
  journal = opened
  return journal
end

--- The journal, opened at the first use.
---@async
---@return reel.Journal
function session.journal()
  local path = config.settings().journal
  if journal and journal.wanted == path then return journal end
  return opening:run(open_journal, path)
end

--- The journal, if it is open or there is a file of it; nothing is made.
---@async
---@return reel.Journal?
function session.known_journal()
  local path = config.settings().journal
  if journal and journal.wanted == path then return journal end
  if path == "none" then return nil end
  check_media(path)
  return is_there(path) and session.journal() or nil
end

--- Whether a person has to look at what this run sent.
---@return boolean
function session.needs_person()
  return session.has_met_ambiguous or next(session.awaited) ~= nil
end

--- What bounds the creates under way to create_parallel, also when that is changed meanwhile.
function session.slots()
  local limit = config.settings().create_parallel
  slots = slots or semaphore.new(limit)
  slots:set_limit(limit)
  return slots
end

return session
