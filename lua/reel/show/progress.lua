-- Shows on stderr what the tasks do: live lines on a terminal, plain lines elsewhere, JSON for
-- programs. This module subscribes to the library's events and alone decides when to redraw.
local board = require "reel.show.board"
local events = require "reel.base.events"
local job = require "reel.core.job"
local lines = require "reel.show.lines"
local output = require "reel.base.output"
local past = require "reel.show.past"
local screen = require "reel.show.screen"
local config = require "reel.config"
local terminal = require "reel.core.terminal"
local text = require "reel.base.text"

local Progress = {}
local progress_mt = { __name = "reel.show.Progress", __index = Progress }

local progress = {}

local STDOUT <const>, STDERR <const> = 1, 2
local REDRAW_EVERY <const> = 0.1 -- seconds
local MAX_MESSAGE <const> = 1000 -- characters, in JSON
local FALLBACK_COLUMNS <const>, FALLBACK_ROWS <const> = 80, 24

local function columns()
  return terminal.columns(STDERR) or FALLBACK_COLUMNS
end

-- Colours -----------------------------------------------------------------------------------

local colours = { done = "32", failed = "31", retry = "33", aside = "2", total = "2" }

local function paint_coloured(kind, words)
  if not words:find("%S") then return words end
  return ("\27[%sm%s\27[0m"):format(colours[kind], words)
end

local function paint_plain(_, words)
  return words
end

-- NO_COLOR: https://no-color.org
local function painter()
  return (os.getenv("NO_COLOR") or "") == "" and paint_coloured or paint_plain
end

-- Live lines --------------------------------------------------------------------------------

local function row_line(self, row, width)
  if row.retry then return lines.retry(row, job.now(), width, self.paint) end
  local model = row.task and row.task.model or row.call and row.call.model.name
  return lines.live(row, self.board:elapsed(row), self.past:expected(model), width, self.paint)
end

local function total_line(self)
  local running, sending = self.board:counts()
  local ok, origin = pcall(config.origin)
  return lines.total({
    done = self.board.done, failed = self.board.failed, running = running, ["to send"] = sending,
    spent = self.board:spent(), seconds = job.now() - (self.board.began or job.now()),
    is_free = ok and origin == "local",
  })
end

-- The block for a terminal of this size: a line for each row as far as they fit, and the sums. One
-- line of the terminal is left to the cursor. At a prompt, a single row is shown without sums.
local function block(self, width, height)
  local rows, shown = self.board:rows(), {}
  if #rows == 0 then return shown end
  local most = height - 2
  local count = #rows <= most and #rows or math.max(most - 1, 0)
  for i = 1, count do shown[i] = row_line(self, rows[i], width) end
  if count < #rows and most > 0 then shown[#shown + 1] = lines.more(rows, count + 1, width) end
  if self.is_at_prompt and #rows == 1 and count == 1 then return shown end
  shown[#shown + 1] = self.paint("total", lines.cut(total_line(self), width - 1))
  return shown
end

local function draw_block(self)
  self.screen:draw(block(self, columns(), terminal.rows(STDERR) or FALLBACK_ROWS))
end

-- Draws again and again while there are rows, and otherwise after a change. It does not follow
-- every change, since a draw looks at all rows; what output has erased is drawn again at once.
local function keep_drawing(self)
  while true do
    draw_block(self)
    if self.board:count() > 0 then
      self.erased:wait(REDRAW_EVERY)
    else
      self.changed:wait()
    end
  end
end

local function print_settled(self, row)
  self.past:forget(row.task.model)
  self.screen:print(lines.settled(row.label, row.task, self.board:elapsed(row), columns(),
    self.paint))
end

local function show_live(self, event)
  -- At a prompt the sums are those of rows that run side by side, not of the whole session.
  if self.is_at_prompt and self.board:count() == 0 then self.board = board.new(job.now) end
  local ended = self.board:apply(event)
  if ended then print_settled(self, ended) end
  if event.type == "saved" or event.type == "retry" and not event.call then
    self.screen:print(lines.plain(event))
  end
  self.changed:fire()
end

local function guarded_screen()
  local guarded = screen.new()
  guarded:guard(io.stderr, terminal.is_terminal(STDOUT) and io.stdout or nil)
  return guarded
end

local function start_live(self, given)
  self.is_at_prompt, self.screen = given ~= nil, given or guarded_screen()
  self.changed, self.erased = job.signal(), job.signal()
  self.past, self.paint = past.new(), painter()
  self.screen.on_erase = function() self.erased:fire() end
  self.drawing = job.spawn(keep_drawing, self):detach()
  return show_live
end

-- Plain lines and JSON ---------------------------------------------------------------------

-- The event to print, or nil: an event that has a plain line. "elsewhere" is printed only once for
-- a call, and "watched" once for a task, as "attached", if this run did not make the task.
local function event_to_print(self, event)
  local subject = event.task or event.call or event
  local is_new = not self.printed[subject]
  if event.type == "accepted" or event.type == "elsewhere" or event.type == "watched" then
    self.printed[subject] = true
  end
  if event.type == "watched" then
    return is_new and { type = "attached", task = event.task } or nil
  end
  if event.type == "elsewhere" then return is_new and event or nil end
  return lines.plain(event) and event
end

local function print_plain(event)
  output.tell(os.date("%H:%M:%S") .. "  " .. lines.plain(event))
end

local function print_json(event)
  local task = event.task or {}
  local message = event.message or task.fail_msg
  output.tell_json({
    event = event.type, task_id = task.id, model = task.model or event.call and
      event.call.model.name, state = task.state, progress = task.progress, handle = task.handle,
    path = event.path, message = message and text.line(message, MAX_MESSAGE),
  })
end

local function updater(print_event)
  return function(self, event)
    self.board:apply(event)
    local printed = event_to_print(self, event)
    if printed then print_event(printed) end
  end
end

local show_plain, show_json = updater(print_plain), updater(print_json)

local function is_live()
  return terminal.is_terminal(STDERR) and os.getenv("TERM") ~= "dumb"
end

--- Begins to show progress. options: `quiet` and `json` of the command line; `screen`: the screen
--- of a prompt, which guards the terminal already.
---@param options { quiet?: boolean, json?: boolean, screen?: table }
---@return table
function progress.start(options)
  local printed = setmetatable({}, { __mode = "k" })
  local self = setmetatable({ board = board.new(job.now), printed = printed }, progress_mt)
  if options.quiet then return self end
  local show = options.json and show_json or is_live() and start_live(self, options.screen)
    or show_plain
  self.sums = not options.json and not options.screen
  self.unsubscribe = events.subscribe(function(event) show(self, event) end, true)
  return self
end

-- The sums of a run with several tasks stay on the terminal.
local function print_sums(self)
  if not self.sums or self.board:total() < 2 then return end
  output.tell((self.screen and "" or os.date("%H:%M:%S  ")) .. total_line(self))
end

--- Ends the progress and leaves the terminal clean. May be called twice.
function Progress:stop()
  if self.unsubscribe then self.unsubscribe() end
  if self.drawing then self.drawing:cancel() end
  if self.screen then self.screen:close() end
  if self.unsubscribe then print_sums(self) end
  self.unsubscribe, self.drawing = nil, nil
end

return progress
