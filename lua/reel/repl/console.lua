-- The loop of the REPL: reads a chunk, runs it as a job, shows what it gives. The prompt comes back
-- when the chunk's function is over, or when a person leaves it; what it spawned goes on.
local Error = require "reel.base.error"
local chunk = require "reel.repl.chunk"
local commands = require "reel.repl.commands"
local defer = require "reel.base.defer"
local job = require "reel.core.job"
local jobs = require "reel.repl.jobs"
local pretty = require "reel.repl.pretty"
local report = require "reel.show.report"
local terminal = require "reel.core.terminal"

local Console = {}
local console_mt = { __name = "reel.repl.Console", __index = Console }

local console = {}

local STDOUT <const> = 1
local PROMPT <const>, MORE_PROMPT <const> = "> ", ">> "

-- What a line gives ---------------------------------------------------------------------------

local function show_values(values)
  if values.n == 0 then return end
  _G._ = values[1]
  local columns = terminal.columns(STDOUT)
  for i = 1, values.n do io.stdout:write(pretty.format(values[i], columns), "\n") end
  io.stdout:flush()
end

-- The terminal has echoed "^C" in the row where the line's output ended.
local function notice_after_echo(self, message)
  if self.is_terminal then io.stderr:write("\n") end
  report.notice(message, self.as_json)
end

local function show_failure(self, err, traceback)
  self.has_failed = true
  local is_data = type(err) == "table" and not Error.is(err)
  report.print(is_data and pretty.format(err) or err, traceback, self.as_json)
end

local function show_unobserved(self)
  for _, failure in ipairs(job.failures()) do
    show_failure(self, failure.error, failure.traceback)
  end
end

local function with_traceback(err)
  return { error = err, traceback = not Error.is(err) and debug.traceback() or nil }
end

local function show_cancelled(self, line)
  self.has_failed = true
  if line.is_left then return report.notice("cancelled", self.as_json) end
  notice_after_echo(self, "interrupted")
end

local function show_outcome(self, line, ok, ...)
  if ok then return show_values(table.pack(...)) end
  local failure = ...
  if failure.error == job.cancelled then return show_cancelled(self, line) end
  show_failure(self, failure.error, failure.traceback)
end

-- The job of a line. Its children may go on when it is over.
local function evaluate(self, line)
  local _ <close> = defer(function()
    line.is_over = true
    line.changed:fire()
  end)
  local results = table.pack(xpcall(line.run, with_traceback))
  if line.is_left then
    report.notice(("job %d is over: %s"):format(line.entry.number, line.source), self.as_json)
  end
  show_outcome(self, line, table.unpack(results, 1, results.n))
end

-- Running -------------------------------------------------------------------------------------

local function leave(self, line)
  line.entry = self.jobs:add(line.job, line.source)
  notice_after_echo(self, ("goes on in the background as job %d; .cancel %d ends it"):format(
    line.entry.number, line.entry.number))
end

local function run(self, source, fn)
  local line = { source = source, run = fn, changed = job.signal() }
  self.current = line
  line.job = job.spawn(evaluate, self, line):detach()
  self.sources[line.job] = source
  while not line.is_over and not line.is_left do line.changed:wait() end
  self.current = nil
  if line.is_left and not line.is_over then leave(self, line) end
  show_unobserved(self)
end

-- Reading -------------------------------------------------------------------------------------

-- Reads lines until they make a chunk. Returns its source and its function, or the source and what
-- is wrong with it; "" when it was cleared; nil at the end.
local function read_chunk(self)
  local source, fn, message, is_incomplete
  repeat
    local line, why = self.reader:line(source and MORE_PROMPT or PROMPT)
    if not line then
      if why == "interrupted" or source and self.is_terminal then return "" end
      return source, nil, message
    end
    fn = not source and commands.parse(line, self)
    source = source and source .. "\n" .. line or line
    if fn then return source, fn end
    fn, message, is_incomplete = chunk.load(source)
  until not is_incomplete
  return source, fn, message
end

local function is_blank(source)
  return not source:find("%S")
end

-- Ctrl-D asks once while something goes on.
local function may_leave(self)
  local count = #self.jobs:list()
  if not self.is_terminal or count == 0 or self.has_asked then return true end
  self.has_asked = true
  report.notice(("%d background job%s; Ctrl-D again ends %s (tasks go on at the vendor)"):format(
    count, count == 1 and " goes on" or "s go on", count == 1 and "it" or "them"), self.as_json)
  return false
end

local function serve(self, source, fn, message)
  self.has_asked = false
  self.reader:remember(source)
  if fn then
    run(self, source, fn)
  else
    show_failure(self, message)
  end
  self.history:add(source)
end

--- Reads and runs until the end of the input.
---@async
function Console:loop()
  while true do
    local source, fn, message = read_chunk(self)
    if not source then
      if may_leave(self) then break end
    elseif not is_blank(source) then
      serve(self, source, fn, message)
    end
  end
  self.is_over = true
end

--- Ctrl-C: the line that is edited is cleared, or a wait is left. A line that runs Lua was
--- interrupted before this is called. False: it was no Ctrl-C.
---@return boolean
function Console:interrupt()
  if not self.reader:take_interrupt() then return false end
  local line = self.current
  if not line then
    self.reader:interrupt()
    return true
  end
  if not line.is_over and line.job.status == "waiting" then
    line.is_left = true
    line.changed:fire()
  end
  return true
end

---@class reel.repl.Options
---@field reader table     of reel.repl.reader
---@field history table    of reel.repl.history
---@field screen? table    of reel.repl.screen, on a terminal
---@field as_json? boolean
---@field reel table       the module, whose spawn gives its jobs to the session

---@param options reel.repl.Options
---@return table
function console.new(options)
  local self = setmetatable({
    reader = options.reader, history = options.history, screen = options.screen,
    is_terminal = options.screen ~= nil, as_json = options.as_json,
    sources = setmetatable({}, { __mode = "k" }), has_failed = false,
  }, console_mt)
  self.jobs = jobs.new(function() show_unobserved(self) end)
  self.jobs:adopt_spawned(options.reel, function(each) return each and self.sources[each] end)
  return self
end

return console
