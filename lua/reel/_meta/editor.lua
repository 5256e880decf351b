---@meta reel.core.editor

error("this file only tells editors what reel.core.editor is: require that")

--- The prompt of the REPL: its line editor, what is typed, and its Ctrl-C.
---@class reel.core.editor
local editor = {}

--- One a process, since it has one terminal. Closing it is idempotent; a `<close>` variable does
--- it, too.
---@class reel.core.Editor
local Editor = {}

--- What the next line begins with.
---@param prompt string
function Editor:begin(prompt) end

--- Takes typed bytes and edits as far as they go.
---@param bytes? string   default: none, to go on with what was taken before
---@return "more"|"line"|"end"|"complete"|"abandoned" event
---@return string? text   with "line" and "complete": what stands in the line
function Editor:step(bytes) end

--- Puts text in at the cursor.
---@param text string
function Editor:insert(text) end

--- Adds a line to what the arrow keys bring back.
---@param line string
function Editor:remember(line) end

--- Takes the edited line away; `show` draws it again.
function Editor:hide() end

function Editor:show() end

--- Draws the edited line where the terminal's size or its content has changed.
function Editor:refresh() end

--- Gives up the edited line.
function Editor:abandon() end

--- Whether Ctrl-C was pressed since the last call.
---@return boolean
function Editor:take_interrupt() end

--- Gives the terminal back.
function Editor:close() end

--- Opens the editor on stdin and stderr, and takes the signals of the terminal.
---@return reel.core.Editor? editor
---@return reel.core.Word? word   "busy": it is open already
---@return string? message
function editor.open() end

--- What came on stdin, "" at its end; nil alone after a signal that concerns the terminal.
---@async
---@return string? bytes
---@return reel.core.Word? word
---@return string? message
function editor.read() end

--- Adds to a file that only its owner may read.
---@param path string
---@param text string
---@return true? done
---@return reel.core.Word? word
---@return string? message
function editor.append(path, text) end

return editor
