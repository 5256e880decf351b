-- A project folder as a user has it, and the program that is run in it: to its end, killed,
-- interrupted, and settled by hand as the vendor's ledger tells.
require "reel.core"
local digest = require "reel.core.digest"
local job = require "reel.core.job"
local journal_core = require "reel.core.journal"
local json = require "reel.base.json"
local journals = require "support.journals"
local process = require "reel.core.process"
local reconcile = require "support.reconcile"
local wait_until = require "support.wait_until"

local project = {}

local Project = {}
Project.__index = Project

local RUN_LIMIT <const> = 30  -- seconds for a run of the program
local MOST_ROUNDS <const> = 8 -- of running and settling, until all is done

local here = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$")

--- The build whose processes kill themselves at REEL_CRASH_AT; nil where it was not made.
function project.crash_build()
  local file = io.open("build-crash/bin/reel")
  return file and file:close() and "build-crash"
end

local function write_file(path, text)
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
end

local function current_folder()
  local pipe <close> = io.popen "pwd"
  return pipe:read "l"
end

-- The key reaches the program in its environment alone: the command line of a shell would show it.
local LAUNCH <const> = '. "$0"; echo $$ >"$1"; shift; exec "$@"'

local function write_environment(path, service, more)
  local values = {
    KIE_API_KEY = service.key, REEL_BASE_URL = service.url, REEL_POLL_FIRST = "0.05",
    REEL_POLL_MAX = "0.05", REEL_WAIT_TIMEOUT = "20", REEL_CREATE_RATE = "100000/10",
  }
  for name, value in pairs(more or {}) do values[name] = value end
  local lines = {}
  for name, value in pairs(values) do
    lines[#lines + 1] = ("export %s='%s'\n"):format(name, value)
  end
  write_file(path, table.concat(lines))
end

--- A project until journals.clean_up(), with the script shots.lua in it.
---@param service table         of support.vendor
---@param options? { build: string?, env: table<string, string>? }
function project.new(service, options)
  options = options or {}
  local base = journals.make_folder()
  local self = setmetatable({
    service = service, base = base, folder = base .. "/project", env = options.env, starts = 0,
    program = ("%s/bin/reel"):format(options.build or os.getenv "REEL_BUILD_DIR" or "build"),
  }, Project)
  if not self.program:find("^/") then self.program = current_folder() .. "/" .. self.program end
  assert(os.execute(("mkdir -p -m 700 %s/.reel"):format(self.folder)))
  self:add_script("shots.lua")
  return self
end

--- Copies a script of support/scripts into the project.
function Project:add_script(name, source)
  write_file(self.folder .. "/" .. name, source or journals.read(here .. "/scripts/" .. name))
end

-- Running -----------------------------------------------------------------------------------------

local Run = {}
Run.__index = Run

--- Starts the program and returns at once.
---@param env table?   more of its environment
---@param ... string   its words
function Project:start(env, ...)
  self.starts = self.starts + 1
  local environment = ("%s/env%d"):format(self.base, self.starts)
  local all = {}
  for _, values in ipairs { self.env or {}, env or {} } do
    for name, value in pairs(values) do all[name] = value end
  end
  write_environment(environment, self.service, all)
  local run = setmetatable({ pid_path = ("%s/pid%d"):format(self.base, self.starts) }, Run)
  local argv = { "/bin/sh", "-c", LAUNCH, environment, run.pid_path, self.program, ... }
  run.job = job.spawn(process.run, {
    argv = argv, cwd = self.folder, timeout = RUN_LIMIT,
  })
  return run
end

--- Waits for its end: { code= or signal=, stdout=, stderr= }.
function Run:wait()
  assert(self.job:join(RUN_LIMIT + 5), "the program did not end")
  local result, word, message = self.job:result()
  return assert(result, word and ("%s: %s"):format(word, message))
end

--- kill -9, at this moment; fine if it has ended already.
function Run:kill()
  self.job:cancel()
  assert(self.job:join(5), "the program was not reaped")
end

function Run:signal(name)
  wait_until(function()
    local file <close> = io.open(self.pid_path)
    self.pid = file and file:read "l"
    return self.pid
  end)
  assert(os.execute(("kill -%s %s"):format(name, self.pid)))
end

--- Runs the program to its end.
function Project:run(...)
  return self:start(nil, "--quiet", ...):wait()
end

--- Runs the script with these shots to its end.
function Project:shoot(...)
  return self:run("shots.lua", ...)
end

-- The journal -------------------------------------------------------------------------------------

--- Calls a function with the journal, and closes it.
function Project:with_journal(fn)
  local journal = assert(journal_core.open(self.folder .. "/.reel/journal.db"))
  local ok, result = pcall(fn, journal)
  journal:close()
  return ok and result or error(result, 0)
end

--- How many attempts are in each state.
function Project:states()
  local states = {}
  local rows = self:with_journal(function(journal)
    return journals.rows(journal, "SELECT state, count(*) AS n FROM attempt GROUP BY state")
  end)
  for _, row in ipairs(rows) do states[row.state] = row.n end
  return states
end

--- The ambiguous attempts that the program lists.
---@return integer[]
function Project:listed()
  local result, numbers = self:run("tasks", "--open", "--json"), {}
  assert(result.code == 0, result.stderr)
  for line in result.stdout:gmatch "[^\n]+" do
    local attempt = assert(json.decode(line))
    if attempt.state == "ambiguous" then numbers[#numbers + 1] = attempt.attempt end
  end
  return numbers
end

--- What does not balance between the vendor's ledger and the journal.
---@return string[]
function Project:faults()
  local listed = self:listed()
  return self:with_journal(function(journal) return reconcile(journal, self.service, listed) end)
end

-- A person ----------------------------------------------------------------------------------------

-- The tasks that were made and that no row claims, by their body.
local function unclaimed(journal, service)
  local claimed, found = {}, {}
  for _, row in ipairs(journals.rows(journal, "SELECT task_id FROM attempt")) do
    if row.task_id then claimed[row.task_id] = true end
  end
  for _, task in ipairs(service:ledger()) do
    if not claimed[task.task_id] then found[digest.sha256(task.body)] = task.task_id end
  end
  return found
end

-- What a person would do about each ambiguous attempt who sees the vendor's log.
local function decisions(project_)
  return project_:with_journal(function(journal)
    local words, tasks = {}, unclaimed(journal, project_.service)
    for i, row in ipairs(journals.rows(journal, "SELECT attempt_id, body_sha256 FROM attempt"
      .. " WHERE state = 'ambiguous' ORDER BY attempt_id")) do
      local number, id = tostring(row.attempt_id), tasks[row.body_sha256]
      tasks[row.body_sha256] = nil
      words[i] = id and { "adopt", number, id }
        or { "resolve", number, "--absent", "--why", "the ledger has no such task" }
    end
    return words
  end)
end

-- What a killed process has sent may still wait to be read. Two round trips later it was: the
-- second one finds the vendor in a later turn of its loop.
local function let_arrive(service)
  for _ = 1, 2 do service:control(function() end) end
end

--- Settles every ambiguous attempt as the ledger tells, through the program.
---@return string[] done   "adopt" and "resolve", in the order of the attempts
function Project:settle()
  let_arrive(self.service)
  local done = {}
  for i, words in ipairs(decisions(self)) do
    local result = self:run(table.unpack(words))
    assert(result.code == 0, table.concat(words, " ") .. ": " .. result.stderr)
    done[i] = words[1]
  end
  return done
end

--- Runs the shots and settles until all of them are made.
---@return string[] settled   what had to be decided on the way
function Project:drain(...)
  local all, result = {}, nil
  for _ = 1, MOST_ROUNDS do
    result = self:shoot(...)
    if result.code == 0 then return all end
    for _, word in ipairs(self:settle()) do all[#all + 1] = word end
  end
  error("the shots were never done: " .. result.stderr, 2)
end

return project
