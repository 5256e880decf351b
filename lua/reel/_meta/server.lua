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
---@field body_folder? string        Where bodies above 64 KiB and the files of forms go; default:
---all bodies are kept in memory, and forms are bodies like others.
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
---@field body string?
---@field body_file string?                Path, in place of `body`.
local Request = {}

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
