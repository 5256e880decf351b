-- The loop of the REPL: reads a chunk, runs it as a job, shows its values. The prompt comes back
-- when the chunk has ended, or when Ctrl-C is pressed while the chunk waits; then the chunk goes on
-- in the background. Jobs that the chunk spawned go on in any case.
local Error = require "reel.base.error"
local chunk = require "reel.repl.chunk"
local commands = require "reel.repl.commands"
local defer = require "reel.base.defer"
local job = require "reel.core.job"
local jobs = require "reel.repl.jobs"
local output = require "reel.base.output"
local pretty = require "reel.repl.pretty"
local report = require "reel.show.report"
local terminal = require "reel.core.terminal"

local Console = {}
local console_mt = { __name = "reel.repl.Console", __index = Console }

local console = {}

local STDOUT <const> = 1
local PROMPT <const>, MORE_PROMPT <const> = "> ", ">> "

-- A chunk or a command that runs. People are told of it as "the line".
---@class reel.repl.Line
---@field source string
---@field run function
---@field job reel.Job
---@field changed reel.Signal      fires when is_over or is_left is set
---@field is_over? boolean
---@field is_left? boolean         Ctrl-C was pressed while the line waited
---@field entry? reel.repl.Entry   its entry among the background jobs

-- Showing results ---------------------------------------------------------------------------------

local function show_values(values)
  if values.n == 0 then return end
  _G._ = values[1]
  local columns = terminal.columns(STDOUT)
  for i = 1, values.n do output.print_lines(pretty.format(values[i], columns)) end
  output.flush()
end

-- Prints a notice. On a terminal it begins in a new row, since "^C" stands in the current one.
local function notice_after_echo(self, message)
  if self.is_terminal then output.tell() end
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

-- The function that the job of a line calls: runs the line and shows its outcome.
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

-- Running -----------------------------------------------------------------------------------------

local function move_to_background(self, line)
  line.entry = self.jobs:add(line.job, line.source)
  local number = line.entry.number
  notice_after_echo(self,
    ("the line goes on in the background as job %d; .cancel %d ends it"):format(number, number))
end

local function run_line(self, source, fn)
  local line = { source = source, run = fn, changed = job.signal() }
  self.current = line
  line.job = job.spawn(evaluate, self, line):detach()
  self.sources[line.job] = source
  while not line.is_over and not line.is_left do line.changed:wait() end
  self.current = nil
  if line.is_left and not line.is_over then move_to_background(self, line) end
  show_unobserved(self)
end

-- Reading -----------------------------------------------------------------------------------------

-- Reads lines until they make a chunk, or one line that is a command. Returns the source and a
-- function that runs it; the source, nil and a message if the chunk is wrong; "" if Ctrl-C cleared
-- the chunk, or Ctrl-D did on a terminal after its first line; nil at the end of the input.
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

-- On a terminal, the first Ctrl-D only gives a notice while background jobs go on.
local function may_exit(self)
  local count = #self.jobs:list()
  if not self.is_terminal or count == 0 or self.has_asked then return true end
  self.has_asked = true
  report.notice(("%d background job%s; Ctrl-D again ends %s (tasks go on at the vendor)"):format(
    count, count == 1 and " goes on" or "s go on", count == 1 and "it" or "them"), self.as_json)
  return false
end

local function handle_chunk(self, source, fn, message)
  self.has_asked = false
  self.reader:remember(source)
  if fn then
    run_line(self, source, fn)
  else
    show_failure(self, message)
  end
  self.history:add(source)
end

--- Reads chunks and runs them until the end of the input.
---@async
function Console:loop()
  while true do
    local source, fn, message = read_chunk(self)
    if not source then
      if may_exit(self) then break end
    elseif not is_blank(source) then
      handle_chunk(self, source, fn, message)
    end
  end
  self.is_over = true
end

--- Handles Ctrl-C: clears the line that is being edited, or brings the prompt back while a line
--- waits. If the line was executing Lua, that was stopped before this function is called.
---@return boolean was_pressed   false if the reader has seen no Ctrl-C, as with a pipe
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
---@field reel table       the module `reel`; its `spawn` is replaced, so that .jobs lists the jobs

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
