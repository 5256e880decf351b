-- A real terminal with a program in it:
--
--   local pane = tmux.start({ "reel", "repl" }, { columns=, rows= })
--   finally(function() pane:finish() end)
--   pane:type("1 + 1", "Enter")           -- text, and tmux's names of keys
--   pane:wait_for("> 1 %+ 1\n2\n> $")     -- until the screen matches, or it fails
--
local job = require "reel.core.job"
local process = require "reel.core.process"

local tmux = {}

local Pane = {}
Pane.__index = Pane

local PATIENCE <const> = 15 -- seconds until a screen is given up
local LOOK <const> = 0.02   -- seconds between two looks

local keys = {
  Enter = true, Tab = true, Up = true, Left = true,
  ["C-c"] = true, ["C-d"] = true, ["C-r"] = true, ["C-z"] = true,
}

local function call(self, ...)
  return assert(process.run { argv = { "tmux", "-S", self.socket, "-f", "/dev/null", ... },
    timeout = PATIENCE })
end

function tmux.is_there()
  return process.run { argv = { "tmux", "-V" }, timeout = PATIENCE } ~= nil
end

--- Starts a program in a terminal of its own.
---@param argv string[]
---@param options? { columns: integer?, rows: integer? }
function tmux.start(argv, options)
  options = options or {}
  local self = setmetatable({ socket = os.tmpname() }, Pane)
  os.remove(self.socket)
  local words = { "new-session", "-d", "-x", tostring(options.columns or 60), "-y",
    tostring(options.rows or 20) }
  table.move(argv, 1, #argv, #words + 1, words)
  local result = call(self, "-u", table.unpack(words))
  assert(result.code == 0, result.stderr)
  call(self, "set-option", "-g", "remain-on-exit", "on")
  return self
end

--- Types texts and presses keys.
function Pane:type(...)
  for _, text in ipairs { ... } do
    if keys[text] then
      call(self, "send-keys", text)
    else
      call(self, "send-keys", "-l", text)
    end
  end
end

--- Pastes a text as a terminal does: its line ends are the Enter key.
function Pane:paste(text)
  call(self, "set-buffer", text)
  call(self, "paste-buffer")
end

function Pane:resize(columns, rows)
  call(self, "resize-window", "-x", tostring(columns), "-y", tostring(rows))
end

--- What is seen, without the empty rows at its end.
function Pane:screen()
  return (call(self, "capture-pane", "-p").stdout:gsub("\n+$", ""))
end

--- Waits until the screen matches a pattern.
function Pane:wait_for(pattern)
  local deadline = job.now() + PATIENCE
  local seen = self:screen()
  while not seen:find(pattern) and job.now() < deadline do
    job.sleep(LOOK)
    seen = self:screen()
  end
  if seen:find(pattern) then return end
  error(("the screen does not match %q:\n%s"):format(pattern, seen), 2)
end

--- Ends the program and the terminal.
function Pane:finish()
  call(self, "kill-server")
  os.remove(self.socket)
end

return tmux
