-- Readers of lines: one for a person at a terminal, one for a pipe. A reader waits as every job
-- does, so other jobs go on meanwhile.
local completion = require "reel.repl.completion"
local editor = require "reel.core.editor"
local output = require "reel.base.output"
local terminal = require "reel.core.terminal"

local reader = {}

local STDERR <const> = 2
local FALLBACK_COLUMNS <const> = 80
local GAP <const> = "  "

-- A terminal --------------------------------------------------------------------------------

local Terminal = {}
local terminal_mt = { __name = "reel.repl.Terminal", __index = Terminal }

-- Arranges names in columns that are as wide as the longest name.
local function in_columns(names)
  local width = 0
  for _, name in ipairs(names) do width = math.max(width, #name) end
  local columns = terminal.columns(STDERR) or FALLBACK_COLUMNS
  local a_row = math.max(1, columns // (width + #GAP))
  local rows = {}
  for i = 1, #names, a_row do
    local row = table.move(names, i, math.min(i + a_row - 1, #names), 1, {})
    for k = 1, #row - 1 do row[k] = row[k] .. (" "):rep(width - #row[k]) end
    rows[#rows + 1] = table.concat(row, GAP)
  end
  return table.concat(rows, "\n")
end

local function complete(self, text)
  local insertion, candidates = completion.complete(text, self.commands)
  if insertion ~= "" then
    self.editor:insert(insertion)
  elseif candidates[2] then
    self.screen:print(in_columns(candidates))
    self.screen:reveal()
  end
  return self.editor:step()
end

local function read_bytes(self)
  local bytes, word = editor.read()
  self.screen:reveal()
  if self.is_interrupted then
    self.editor:abandon()
    return "abandoned"
  elseif word or bytes == "" then
    return "hangup"
  elseif not bytes then
    self.editor:refresh()
    return "more"
  end
  return self.editor:step(bytes)
end

local function edit(self)
  local event, text = self.editor:step()
  while true do
    if event == "more" then
      event, text = read_bytes(self)
    elseif event == "complete" then
      event, text = complete(self, text)
    else
      return event, text
    end
  end
end

--- Waits for a line.
---@async
---@param prompt string
---@return string? line
---@return "end"|"interrupted"|nil why   why there is no line
function Terminal:line(prompt)
  self.is_interrupted = false
  self.screen:begin_editing(self.editor)
  self.editor:begin(prompt)
  local event, text = edit(self)
  self.screen:end_editing()
  if event == "line" then return text end
  if event == "abandoned" then return nil, "interrupted" end
  output.tell() -- after the "^D" that the terminal has echoed
  return nil, "end"
end

--- Ends the reading of a line after Ctrl-C. The signal itself has woken the read.
function Terminal:interrupt()
  self.is_interrupted = true
end

--- Whether Ctrl-C was pressed since the last call.
function Terminal:take_interrupt()
  return self.editor:take_interrupt()
end

--- Adds a text to those that the arrow keys bring back.
function Terminal:remember(text)
  self.editor:remember(text)
end

function Terminal:close()
  self.editor:close()
end

--- A reader of the terminal.
---@param screen table       of reel.repl.screen
---@param commands string[]  for completion
---@return table? reader, string? word, string? message
function reader.terminal(screen, commands)
  local opened, word, message = editor.open()
  if not opened then return nil, word, message end
  return setmetatable({ editor = opened, screen = screen, commands = commands }, terminal_mt)
end

-- A pipe ------------------------------------------------------------------------------------

local Pipe = {}
local pipe_mt = { __name = "reel.repl.Pipe", __index = Pipe }

--- Waits for a line of the pipe. The last one may lack its newline.
---@async
---@return string? line
---@return "end"|nil why   why there is no line
function Pipe:line()
  while not self.pending:find("\n", 1, true) do
    local bytes = editor.read()
    if not bytes or bytes == "" then
      local last = self.pending
      self.pending = ""
      return last ~= "" and last or nil, "end"
    end
    self.pending = self.pending .. bytes
  end
  local line, rest = self.pending:match("^([^\n]*)\n(.*)$")
  self.pending = rest
  return line
end

function Pipe.take_interrupt() return false end
function Pipe.remember() end
function Pipe.close() end

--- A reader of stdin.
function reader.pipe()
  return setmetatable({ pending = "" }, pipe_mt)
end

return reader
