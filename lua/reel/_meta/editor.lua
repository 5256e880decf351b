---@meta reel.core.editor

error("this file describes reel.core.editor for editors; require reel.core.editor itself")

--- The REPL's line editor, the bytes that are typed, and Ctrl-C.
---@class reel.core.editor
local editor = {}

--- A process has at most one editor, since it has one terminal. Closing is idempotent; a `<close>`
--- variable closes it, too.
---@class reel.core.Editor
local Editor = {}

--- Sets the prompt of the next line.
---@param prompt string   ASCII
function Editor:begin(prompt) end

--- Applies typed bytes to the line until an event: "more", all bytes are used; "line", Enter;
--- "end", Ctrl-D on an empty line; "complete", Tab. Bytes after the event are kept for the next
--- step.
---@param bytes? string   default: none, to go on with the kept bytes
---@return "more"|"line"|"end"|"complete" event
---@return string? text   with "line": the line; with "complete": the line up to the cursor
function Editor:step(bytes) end

--- Inserts text at the cursor.
---@param text string
function Editor:insert(text) end

--- Adds a line to those that the arrow keys bring back.
---@param line string
function Editor:remember(line) end

--- Erases the edited line; `show` draws it again.
function Editor:hide() end

function Editor:show() end

--- Draws the edited line again, after the terminal's size or content has changed.
function Editor:refresh() end

--- Ends the line without a result and drops the kept bytes. The text stays on the screen.
function Editor:abandon() end

--- Whether Ctrl-C was pressed since the last call.
---@return boolean
function Editor:take_interrupt() end

--- Restores the terminal.
function Editor:close() end

--- Opens the editor on stdin and stderr, and installs handlers for SIGINT, SIGWINCH and
--- SIGCONT.
---@return reel.core.Editor? editor
---@return reel.core.Word? word   "busy": the editor is open already
---@return string? message
function editor.open() end

--- Waits for bytes on stdin.
---@async
---@return string? bytes   "" at the end of stdin; nil, with `word` nil too: one of those
---  signals came
---@return reel.core.Word? word
---@return string? message
function editor.read() end

--- Appends text to a file, which is made if it does not exist, and sets the file's mode to 0600.
---@param path string
---@param text string
---@return true? done
---@return reel.core.Word? word
---@return string? message
function editor.append(path, text) end

return editor
