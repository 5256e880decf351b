---@meta reel.core.poll

error("this file only tells editors what reel.core.poll is: require that")

--- Asking again and again: a waiting task costs no Lua until its answer changes.
---@class reel.core.poll
local poll = {}

---@class reel.core.PollOptions : reel.core.HttpRequest
---@field first? number      Seconds before the first query; default 0.
---@field factor? number     1 to 100: each pause is so many times the one before; default 1.5.
---@field max? number        Seconds of the longest pause; default 15.
---@field jitter? number     0 to 1: pauses vary by this part; default 0.1.
---@field fields? string[]   What makes an answer news if it is JSON: paths such as "data.state", at
---  most 8; default: every byte of it.
---@field deadline? number   Seconds that next() takes at most without news; default: none.

--- A request that is made time and again. Closing it is idempotent; a `<close>` variable does it,
--- too.
---@class reel.core.Poll
local Poll = {}

--- Makes a poll; nothing is sent before next().
---@param options reel.core.PollOptions
---@return reel.core.Poll? poll
---@return reel.core.Word? word
---@return string? message
function poll.new(options) end

--- Waits for an answer that differs from the last one that came back, and returns its status and
--- the values of its fields: numbers as such, strings and words as they stand in the JSON. There is
--- none where it is absent, an object, an array, or the body is no JSON. After a failure any answer
--- is news. One job at a time.
---@async
---@param pause? number   seconds before the next query, in place of the schedule's; the following
---  pauses grow from it
---@return integer? status            nil: a word and a message follow
---@return string|number|nil ...
function Poll:next(pause) end

--- The body of the last news, until the next call of next().
---@return string
function Poll:body() end

--- The seconds that its header Retry-After asks for, when they are 1 to 3600.
---@return integer?
function Poll:retry_after() end

--- How many queries it took, or failed.
---@return integer
function Poll:count() end

--- The next answer is news, whatever it is.
function Poll:forget() end

function Poll:close() end

return poll
