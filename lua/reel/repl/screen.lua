-- The terminal below the prompt: either the live lines of a waiting line, or the line that is being
-- edited. Whatever is written meanwhile goes above it: the edited line is taken away first, and
-- drawn again at the next turn of the jobs.
local base = require "reel.show.screen"
local job = require "reel.core.job"

local Base = getmetatable(base.new()).__index
local Screen = setmetatable({}, { __index = Base })
local screen_mt = { __name = "reel.repl.Screen", __index = Screen }

local screen = {}

--- Takes away what stands below, before something is written.
function Screen:erase()
  if not self.editor then return Base.erase(self) end
  if not self._is_shown then return end
  self.editor:hide()
  self._is_shown = false
  self._changed:fire()
end

function Screen:draw(lines)
  if not self.editor then Base.draw(self, lines) end
end

-- Ends a line that a script left unfinished, so that what follows begins in the first column.
local function end_open_line(self)
  io.stdout:flush()
  if self._is_line_open then self._write("\n") end
  self._is_line_open = false
end

--- Draws the edited line, if it is away.
function Screen:reveal()
  if not self.editor or self._is_shown then return end
  end_open_line(self)
  self.editor:show()
  self._is_shown = true
end

--- From now on an editor has the lowest rows. It draws its line itself when it begins.
function Screen:begin_editing(editor)
  Base.erase(self)
  end_open_line(self)
  self.editor, self._is_shown = editor, true
end

--- The editor has left them, and the cursor is in the first column.
function Screen:end_editing()
  self.editor = nil
end

local function keep_revealed(self)
  while true do
    self:reveal()
    self._changed:wait()
  end
end

--- Gives the terminal back.
function Screen:close()
  self.redrawing:cancel()
  end_open_line(self)
  Base.close(self)
end

--- A screen on stderr that guards these files.
---@param ... file*
---@return table
function screen.new(...)
  local self = setmetatable(base.new(), screen_mt)
  self._changed = job.signal()
  self:guard(...)
  self.redrawing = job.spawn(keep_revealed, self):detach()
  return self
end

return screen
