-- The lowest rows of the terminal. They hold either the progress of tasks, while the last typed
-- line waits for them, or the line that is being edited. Other output goes above them: the edited
-- line is erased first, and a job draws it again afterwards.
local base = require "reel.show.screen"
local job = require "reel.core.job"

local Base = getmetatable(base.new()).__index
local Screen = setmetatable({}, { __index = Base })
local screen_mt = { __name = "reel.repl.Screen", __index = Screen }

local screen = {}

--- Erases the lowest rows before something is written.
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

--- Draws the edited line again, if it was erased.
function Screen:reveal()
  if not self.editor or self._is_shown then return end
  end_open_line(self)
  self.editor:show()
  self._is_shown = true
end

--- Gives the lowest rows to an editor, which draws its line itself when it begins.
function Screen:begin_editing(editor)
  Base.erase(self)
  end_open_line(self)
  self.editor, self._is_shown = editor, true
end

--- Takes the lowest rows back from the editor, which has left the cursor in the first column.
function Screen:end_editing()
  self.editor = nil
end

local function keep_revealed(self)
  while true do
    self:reveal()
    self._changed:wait()
  end
end

--- Stops drawing, ends an unfinished line, and restores print, io.write and file:write.
function Screen:close()
  self.redrawing:cancel()
  end_open_line(self)
  Base.close(self)
end

--- A screen on stderr that erases its rows before anything is written to these files.
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
