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

---@class reel.core.News
---@field status integer
---@field polls integer                       How many queries it took.
---@field headers table<string, string>?      Retry-After alone, where the answer has it.
---@field [integer] string?                   The value of each field as it stands in the JSON; of
---  strings without the quotes. None where it is absent, an object, an array, or there is no JSON.

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

--- Waits for an answer that differs from the last one that came back. After a failure any answer
--- does. One job at a time.
---@async
---@param pause? number   seconds before the next query, in place of the schedule's; the following
---  pauses grow from it
---@return reel.core.News? news
---@return reel.core.Word? word
---@return string? message
---@return integer? polls   after a failure
function Poll:next(pause) end

--- The body of the last news, until the next call of next().
---@return string
function Poll:body() end

--- The next answer is news, whatever it is.
function Poll:forget() end

function Poll:close() end

return poll
