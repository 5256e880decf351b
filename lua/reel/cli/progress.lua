-- Tells on stderr what the tasks do: live lines on a terminal, plain lines elsewhere, JSON for
-- programs. It listens to the library's events and is the only one who knows when to redraw.
local canonical = require "reel.canonical"
local events = require "reel.events"
local job = require "reel.core.job"
local lines = require "reel.cli.lines"
local screen = require "reel.cli.screen"
local terminal = require "reel.core.terminal"
local text = require "reel.text"

local Progress = {}
local progress_mt = { __name = "reel.cli.Progress", __index = Progress }

local progress = {}

local STDOUT <const>, STDERR <const> = 1, 2
local REDRAW_EVERY <const> = 0.1 -- seconds
local MOST_ROWS <const> = 8      -- live lines at once; the rest is counted
local MAX_PATH <const>, MAX_MESSAGE <const> = 4096, 1000 -- characters, in JSON
local FALLBACK_COLUMNS <const> = 80

local function columns()
  return terminal.columns(STDERR) or FALLBACK_COLUMNS
end

-- Live lines -------------------------------------------------------------------------------

local function count_states(rows, first)
  local counts, order = {}, {}
  for i = first, #rows do
    local state = rows[i].task.state or "unknown"
    if not counts[state] then order[#order + 1] = state end
    counts[state] = (counts[state] or 0) + 1
  end
  for i, state in ipairs(order) do order[i] = counts[state] .. " " .. state end
  return table.concat(order, ", ")
end

local function draw(self)
  local shown, width = {}, columns()
  local fit_all = #self.rows <= MOST_ROWS
  for i = 1, fit_all and #self.rows or MOST_ROWS - 1 do
    local row = self.rows[i]
    shown[i] = lines.live(row.label, row.task, job.now() - row.began, width)
  end
  if not fit_all then
    local rest = ("and %d more: %s"):format(#self.rows - #shown,
      count_states(self.rows, #shown + 1))
    shown[#shown + 1] = lines.fit(rest, width - 1)
  end
  self.screen:draw(shown)
end

-- Draws while there is something to show, and sleeps while there is not.
local function tick(self)
  while true do
    draw(self)
    if #self.rows == 0 then self.changed:wait() end
    job.sleep(REDRAW_EVERY)
  end
end

local function find_row(self, task)
  for i, row in ipairs(self.rows) do
    if row.task == task then return row, i end
  end
end

local live = {}

function live.accepted(self, event)
  if find_row(self, event.task) then return end
  self.rows[#self.rows + 1] = {
    task = event.task, label = lines.label(event.task), began = job.now(),
  }
  self.changed:fire()
end

function live.settled(self, event)
  local row, place = find_row(self, event.task)
  if not row then return end
  table.remove(self.rows, place)
  self.screen:print(lines.settled(row.label, row.task, job.now() - row.began, columns()))
end

function live.retry(self, event)
  self.screen:print(lines.plain(event))
end

local function guarded_screen()
  local guarded = screen.new()
  guarded:guard(io.stderr, terminal.is_terminal(STDOUT) and io.stdout or nil)
  return guarded
end

local function start_live(self, given)
  self.rows, self.changed, self.screen = {}, job.signal(), given or guarded_screen()
  self.ticker = job.spawn(tick, self):detach()
  return function(event)
    local show = live[event.type]
    if show then show(self, event) end
  end
end

-- Plain lines and JSON ---------------------------------------------------------------------

local function print_plain(event)
  local line = lines.plain(event)
  if line then io.stderr:write(os.date("%H:%M:%S"), "  ", line, "\n") end
end

local function print_json(event)
  local task = event.task or {}
  local message = event.message or task.fail_msg
  io.stderr:write(canonical.encode({
    event = event.type, task_id = task.id, model = task.model, state = task.state,
    progress = task.progress, handle = task.handle,
    path = event.path and text.line(event.path, MAX_PATH),
    message = message and text.line(message, MAX_MESSAGE),
  }), "\n")
end

local function is_live()
  return terminal.is_terminal(STDERR) and os.getenv("TERM") ~= "dumb"
end

--- Begins to tell. options: the command line's `quiet` and `json`; `screen`, one that guards the
--- terminal already, for live lines.
---@param options { quiet?: boolean, json?: boolean, screen?: table }
---@return table
function progress.start(options)
  local self = setmetatable({}, progress_mt)
  if options.quiet then return self end
  local listener = options.json and print_json
    or is_live() and start_live(self, options.screen) or print_plain
  self.unsubscribe = events.subscribe(listener)
  return self
end

--- Ends it and leaves the terminal clean. May be called twice.
function Progress:stop()
  if self.unsubscribe then self.unsubscribe() end
  if self.ticker then self.ticker:cancel() end
  if self.screen then self.screen:close() end
  self.unsubscribe, self.ticker = nil, nil
end

return progress
