-- What one runtime knows while it runs: its settings and the tasks and calls it has met.
local Error = require "reel.base.error"
local Journal = require "reel.journal"
local config = require "reel.config.sources"
local semaphore = require "reel.jobs.semaphore"
local http = require "reel.core.http"
local lfs = require "lfs"
local log = require "reel.base.log"
local recovery = require "reel.journal.recovery"

local session = {
  project = "",
  tasks = setmetatable({}, { __mode = "v" }), -- id -> reel.Task
  calls = {},                                 -- key -> call, see pay/prepare.lua
  plan = nil,                                 -- while a script is only planned, see pay/plan.lua
  has_met_ambiguous = false,                  -- a call of this run had no known outcome
  awaited = {},                               -- attempts whose outcome a callback may still tell
}

local given = {} -- what configure() was called with

-- The script that a stock interpreter runs, if it runs one.
local function main_script()
  local path = type(arg) == "table" and arg[0]
  return type(path) == "string" and path:find("%.lua$") and path or nil
end

local main = main_script()
local start = { flags = {}, script = main, script_dir = main and main:match("^(.*)/") or "." }
local settings, slots, journal
local opening = semaphore.new(1)

--- Where settings come from besides `reel.configure`: the program's flags and the script's folder.
---@param flags table
---@param script_dir string
---@param script string?   the script's path, for the journal
function session.start(flags, script_dir, script)
  start = { flags = flags, script_dir = script_dir, script = script }
  settings = nil
end

--- Names the origin of all tasks, in place of the base URL's.
---@param origin string
function session.set_origin(origin)
  start.origin = origin
end

--- The settings in force; raises "config" when one is wrong.
---@return reel.Settings
function session.settings()
  if not settings then
    local loaded, err = config.load({
      arguments = given, flags = start.flags, script_dir = start.script_dir, env = os.getenv,
    })
    if not loaded then Error.raise(err) end
    settings = loaded
    log.set_level(settings.log_level)
    if settings.api_key then log.hide(settings.api_key) end
    if settings.webhook_key then log.hide(settings.webhook_key) end
    http.configure { ca_file = settings.ca_file, proxy = settings.proxy }
  end
  return settings
end

--- Takes settings; they count more than all other sources. Raises "config" when one is wrong, and
--- then takes none.
---@param options reel.Configuration
function session.configure(options)
  if type(options) ~= "table" then
    local message = "reel.configure needs a table of settings, got a " .. type(options)
    Error.raise({ kind = "invalid", message = message }, 2)
  end
  local before = given
  given = {}
  for name, value in pairs(before) do given[name] = value end
  for name, value in pairs(options) do given[name] = value end
  settings = nil
  local ok, err = pcall(session.settings)
  if ok then return end
  given = before
  Error.raise(err, 2)
end

--- Who the tasks belong to: the vendor's origin, or "local" under --local, whose port changes.
---@return string
function session.origin()
  return start.origin or session.settings().base_url:match("^%a+://[^/]*")
end

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
  local opened = Journal.open(place_of(path), session.project, start.script)
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
  local path = session.settings().journal
  if journal and journal.wanted == path then return journal end
  return opening:run(open_journal, path)
end

--- The journal, if it is open or there is a file of it; nothing is made.
---@async
---@return reel.Journal?
function session.known_journal()
  local path = session.settings().journal
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
  local limit = session.settings().create_parallel
  slots = slots or semaphore.new(limit)
  slots:set_limit(limit)
  return slots
end

return session
