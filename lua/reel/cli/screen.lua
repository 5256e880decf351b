-- A block of lines at the bottom of a terminal that is drawn over and over, while scripts go on
-- printing above it. Everything that writes to the terminal takes the block away first.
-- luacheck: globals io.write
local Screen = {}
local screen_mt = { __name = "reel.cli.Screen", __index = Screen }

local screen = {}

local ERASE_LINE <const>, ERASE_BELOW <const> = "\27[K", "\27[J"

local function move_up(count)
  return count > 0 and ("\27[%dA\r"):format(count) or "\r"
end

--- Takes the block away; the cursor stands where it began.
function Screen:erase()
  if self._height == 0 then return end
  self._write(move_up(self._height) .. ERASE_BELOW)
  self._height, self._drawn = 0, nil
end

--- Draws the block. While a script's line is unfinished, nothing is drawn.
---@param lines string[]
function Screen:draw(lines)
  if self._is_line_open then return end
  local block = table.concat(lines, "\n")
  if block == self._drawn then return end
  local parts = { move_up(self._height) }
  for _, line in ipairs(lines) do parts[#parts + 1] = line .. ERASE_LINE .. "\n" end
  self._write(table.concat(parts) .. ERASE_BELOW)
  self._height, self._drawn = #lines, block
end

--- Prints a line that stays, above the block.
---@param line string
function Screen:print(line)
  self:erase()
  self._write((self._is_line_open and "\n" or "") .. line .. "\n")
  self._is_line_open = false
end

-- Whether the terminal's line is unfinished after these were written.
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

-- For methods of files, and for io.write, which is a method of the default output.
local function guard_write(self, write, file_of)
  return function(...)
    local file = file_of(...)
    if not self._files[file] then return write(...) end
    self:erase()
    self._is_line_open = leaves_line_open(self._is_line_open, ...)
    return write(...)
  end
end

--- Has print, io.write and file:write take the block away before they write to these files, which
--- are on the same terminal.
---@param ... file*
function Screen:guard(...)
  for _, file in ipairs { ... } do self._files[file] = true end
  local methods = getmetatable(io.stdout).__index
  self._plain = { print = print, io_write = io.write, write = methods.write }
  if self._files[io.stdout] then _G.print = guard_print(self, print) end
  io.write = guard_write(self, io.write, function() return io.output() end)
  methods.write = guard_write(self, methods.write, function(file) return file end)
end

--- Takes the block away for good and gives the functions back.
function Screen:close()
  self:erase()
  if not self._plain then return end
  _G.print, io.write = self._plain.print, self._plain.io_write
  getmetatable(io.stdout).__index.write = self._plain.write
  self._plain = nil
end

--- A screen on stderr.
---@param write? fun(bytes: string)   default: to stderr
---@return table
function screen.new(write)
  local stderr_write = io.stderr.write
  return setmetatable({
    _height = 0, _is_line_open = false, _files = {},
    _write = write or function(bytes) stderr_write(io.stderr, bytes) end,
  }, screen_mt)
end

return screen
