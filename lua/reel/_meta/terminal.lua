---@meta reel.core.terminal

error("this file describes reel.core.terminal for editors; require reel.core.terminal itself")

--- Facts about the terminal for progress lines and the prompt.
---@class reel.core.terminal
local terminal = {}

---@param fd integer
---@return boolean
function terminal.is_terminal(fd) end

---@param fd integer
---@return integer? columns   nil: `fd` is not a terminal, or the terminal does not tell
function terminal.columns(fd) end

---@param fd integer
---@return integer? rows   nil: `fd` is not a terminal, or the terminal does not tell
function terminal.rows(fd) end

--- How many columns a text takes, in any locale: wide characters 2, combining characters 0.
---@param text string   UTF-8; invalid bytes and control characters count 1
---@return integer
function terminal.width(text) end

--- Writes what stdout holds back, and tells whether all of the program's output was written since
--- the last call.
---@return boolean? ok
---@return "unread"|"lost"|nil word   "unread": nobody reads the pipe any more
---@return string? message            why
function terminal.end_output() end

return terminal
