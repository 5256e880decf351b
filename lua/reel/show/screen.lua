-- A block of lines at the bottom of a terminal, which is redrawn while scripts go on printing above
-- it. Everything that writes to the terminal erases the block first. Lines come here with their
-- colours, so they are not cleaned as base/output.lua cleans; show/lines.lua makes them printable.
--
-- A redraw is one write of the lines that have changed, inside the marks of a synchronized update
-- for terminals that have it, so that nothing flickers.
local terminal = require "reel.core.terminal"

-- luacheck: globals io.write
local Screen = {}
local screen_mt = { __name = "reel.show.Screen", __index = Screen }

local screen = {}

local STDERR <const> = 2
local FALLBACK_COLUMNS <const> = 80
local ERASE_LINE <const>, ERASE_BELOW <const> = "\27[K", "\27[J"
local BEGIN <const>, END <const> = "\27[?2026h", "\27[?2026l" -- a synchronized update

local function move_up(count)
  return count > 0 and ("\27[%dA\r"):format(count) or "\r"
end

-- How many columns a line takes; colours take none.
local function width_of(line)
  return terminal.width((line:gsub("\27%[[%d;]*m", "")))
end

-- How many rows the lines of the block take from `first` on. A terminal that became narrower has
-- wrapped them.
local function height(self, first)
  local columns, rows = self._columns(), 0
  for i = first, #self._drawn do
    rows = rows + math.max((self._widths[i] + columns - 1) // columns, 1)
  end
  return rows
end

local function forget(self)
  self._drawn, self._widths = {}, {}
end

local function remember(self, lines)
  local widths = {}
  for i, line in ipairs(lines) do
    widths[i] = line == self._drawn[i] and self._widths[i] or width_of(line)
  end
  self._drawn, self._widths, self._drawn_columns = { table.unpack(lines) }, widths, self._columns()
end

-- The bytes that erase the block. Rows are emptied one by one first: tmux keeps in its history what
-- is erased from the first row of the terminal down.
local function removal(self)
  local rows = height(self, 1)
  return move_up(rows) .. (ERASE_LINE .. "\n"):rep(rows) .. move_up(rows) .. ERASE_BELOW
end

--- Erases the block and leaves the cursor where the block began. Then calls the field `on_erase`,
--- so that its owner can draw again.
function Screen:erase()
  if #self._drawn == 0 then return end
  self._write(removal(self))
  forget(self)
  if self.on_erase then self.on_erase() end
end

-- The first line that differs; nil when none does.
local function first_change(drawn, lines)
  for i = 1, math.max(#drawn, #lines) do
    if drawn[i] ~= lines[i] then return i end
  end
end

-- The bytes that replace the drawn lines, from the first line that differs on.
local function changes(self, lines, first)
  local parts = { move_up(height(self, first)) }
  for i = first, #lines do
    local is_same = lines[i] == self._drawn[i]
    parts[#parts + 1] = is_same and "\n" or lines[i] .. ERASE_LINE .. "\n"
  end
  if #self._drawn > #lines then parts[#parts + 1] = ERASE_BELOW end
  return table.concat(parts)
end

-- The bytes that write a text that stays and draw the whole block below it.
local function below(stays, lines)
  local parts = { stays }
  for _, line in ipairs(lines) do parts[#parts + 1] = line .. ERASE_LINE .. "\n" end
  return table.concat(parts) .. ERASE_BELOW
end

--- Draws the block. While a script's line is unfinished, nothing is drawn.
---@param lines string[]   each narrower than the terminal
function Screen:draw(lines)
  if self._is_line_open then return end
  local is_resized = #self._drawn > 0 and self._drawn_columns ~= self._columns()
  local first = first_change(self._drawn, lines)
  if not first and not is_resized then return end
  -- After a resize the block is erased first: terminals remember which rows were one line before.
  local bytes = is_resized and removal(self) .. below("", lines) or changes(self, lines, first)
  self._write(BEGIN .. bytes .. END)
  remember(self, lines)
end

--- Prints a line that stays, above the block.
---@param line string
function Screen:print(line)
  if #self._drawn == 0 then
    self:erase() -- the screen of the REPL erases its edited line here
    self._write((self._is_line_open and "\n" or "") .. line .. "\n")
  else
    local bytes = below(line .. ERASE_LINE .. "\n", self._drawn)
    self._write(BEGIN .. move_up(height(self, 1)) .. bytes .. END)
    self._drawn_columns = self._columns()
  end
  self._is_line_open = false
end

-- Whether the terminal's line is unfinished after these values were written.
local function leaves_line_open(before, ...)
  for i = select("#", ...), 1, -1 do
    local piece = tostring((select(i, ...)))
    if piece ~= "" then return piece:sub(-1) ~= "\n" end
  end
  return before
end

local function guard_print(self, print)
  return function(...)
    self:erase()
    print(...)
    io.stdout:flush()
    self._is_line_open = false
  end
end

-- Guards methods of files, and io.write, which writes to the default output. `file_of` gives the
-- file of a call.
local function guard_write(self, write, file_of)
  return function(...)
    local file = file_of(...)
    if not self._files[file] then return write(...) end
    self:erase()
    self._is_line_open = leaves_line_open(self._is_line_open, ...)
    return write(...)
  end
end

--- Replaces print, io.write and file:write by functions that erase the block before they write to
--- these files, which are on the same terminal.
---@param ... file*
function Screen:guard(...)
  for _, file in ipairs { ... } do self._files[file] = true end
  local methods = getmetatable(io.stdout).__index
  self._plain = { print = print, io_write = io.write, write = methods.write }
  if self._files[io.stdout] then _G.print = guard_print(self, print) end
  io.write = guard_write(self, io.write, function() return io.output() end)
  methods.write = guard_write(self, methods.write, function(file) return file end)
end

--- Erases the block and restores the replaced functions.
function Screen:close()
  self.on_erase = nil
  self:erase()
  if not self._plain then return end
  _G.print, io.write = self._plain.print, self._plain.io_write
  getmetatable(io.stdout).__index.write = self._plain.write
  self._plain = nil
end

--- A screen on stderr.
---@param write? fun(bytes: string)   default: writes to stderr
---@param columns? fun(): integer     default: the columns of the terminal
---@return table
function screen.new(write, columns)
  local stderr_write = io.stderr.write
  return setmetatable({
    _drawn = {}, _widths = {}, _is_line_open = false, _files = {},
    _write = write or function(bytes) stderr_write(io.stderr, bytes) end,
    _columns = columns or function() return terminal.columns(STDERR) or FALLBACK_COLUMNS end,
  }, screen_mt)
end

return screen
