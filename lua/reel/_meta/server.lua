---@meta reel.core.server

error("this file describes reel.core.server for editors; require reel.core.server itself")

--- An HTTP listener whose requests are answered in Lua.
---@class reel.core.server
local server = {}

---@class reel.core.ListenOptions
---@field host? string               Default "127.0.0.1".
---@field port? integer              Default 0: any free port.
---@field max_body? integer          Bytes; default 1 MiB. A larger request is answered with 413.
---@field max_connections? integer   1 to 10000; default 64.
---@field body_folder? string        Folder for bodies above 64 KiB and for files of forms; default:
---                                  bodies stay in memory.
---@field header_timeout? number     Seconds; default 10.
---@field body_timeout? number       Seconds; default 10.

--- A listener. Closing it is idempotent; a `<close>` variable closes it, too.
---@class reel.core.Server
---@field port integer
local Server = {}

--- Waits for the next request.
---@async
---@return reel.core.Request? request
---@return reel.core.Word? word   "closed"
---@return string? message
function Server:accept() end

function Server:close() end

--- A request. If it is collected without an answer, it is answered with 500.
---@class reel.core.Request
---@field method string
---@field path string                      Decoded, without the query.
---@field query table<string, string>      Decoded.
---@field headers table<string, string>    Names in lower case.
---@field body string?                     Nil where the body is a file or a form.
---@field body_file string?                Path of a file with the body; removed after the answer
---                                        unless it was moved.
---@field fields table<string, string>?    The texts of a form, to 64 KiB with all names; a longer
---                                        form is answered with 413.
---@field files table<string, reel.core.FormFile>?   The files of a form, to 32 parts; a form with
---                                        more is answered with 413.
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

--- Answers the request, once.
---@param answer reel.core.Answer
---@return true? done
---@return reel.core.Word? word   "state": the request is answered already
---@return string? message
function Request:respond(answer) end

--- Starts to listen.
---@param options reel.core.ListenOptions
---@return reel.core.Server? server
---@return reel.core.Word? word   "busy": the port is in use
---@return string? message
function server.listen(options) end

return server
