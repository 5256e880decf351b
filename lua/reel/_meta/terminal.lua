---@meta reel.core.terminal

error("this file only tells editors what reel.core.terminal is: require that")

--- What progress lines and the prompt have to know of the terminal.
---@class reel.core.terminal
local terminal = {}

---@param fd integer
---@return boolean
function terminal.is_terminal(fd) end

---@param fd integer
---@return integer? columns   nil: no terminal, or one that does not tell
function terminal.columns(fd) end

---@param fd integer
---@return integer? rows   nil: no terminal, or one that does not tell
function terminal.rows(fd) end

--- How many columns a text takes: wide characters 2, combining ones 0, whatever the locale.
---@param text string   UTF-8; other bytes and control characters count 1
---@return integer
function terminal.width(text) end

return terminal
