---@meta reel.core.server

error("this file only tells editors what reel.core.server is: require that")

--- An HTTP listener whose requests are answered in Lua.
---@class reel.core.server
local server = {}

---@class reel.core.ListenOptions
---@field host? string               Default "127.0.0.1".
---@field port? integer              Default 0: any free one.
---@field max_body? integer          Bytes of a request; default 1 MiB. More is answered with 413.
---@field max_connections? integer   1 to 10000; default 64.
---@field body_folder? string        Takes bodies above 64 KiB and files of forms; default: none.
---@field header_timeout? number     Seconds; default 10.
---@field body_timeout? number       Seconds; default 10.

--- Closing it is idempotent; a `<close>` variable does it, too.
---@class reel.core.Server
---@field port integer
local Server = {}

--- The next request.
---@async
---@return reel.core.Request? request
---@return reel.core.Word? word   "closed"
---@return string? message
function Server:accept() end

function Server:close() end

--- One that is collected without an answer is answered with 500.
---@class reel.core.Request
---@field method string
---@field path string                      Decoded, without the query.
---@field query table<string, string>      Decoded.
---@field headers table<string, string>    Names in lower case.
---@field body string?                     Nil where the body is a file or a form.
---@field body_file string?                Path; removed after the answer unless it was moved.
---@field fields table<string, string>?    Of a form: its texts, 64 KiB with all names. More: 413.
---@field files table<string, reel.core.FormFile>?   Of a form: at most 32 parts. More: 413.
local Request = {}

--- A file of a form. Of several parts with one name, the last counts.
---@class reel.core.FormFile
---@field filename string   As the client sent it: any bytes, so it is not to be used as a path.
---@field path string       Where the content is; removed after the answer unless it was moved.

---@class reel.core.Answer
---@field status? integer                   200 to 599; default 200.
---@field headers? table<string, string>
---@field body? string
---@field file? string                      Path of a file to serve, with ranges and validators.

--- Answers it, once.
---@param answer reel.core.Answer
---@return true? done
---@return reel.core.Word? word   "state": it is answered already
---@return string? message
function Request:respond(answer) end

---@param options reel.core.ListenOptions
---@return reel.core.Server? server
---@return reel.core.Word? word   "busy": the port is taken
---@return string? message
function server.listen(options) end

return server
