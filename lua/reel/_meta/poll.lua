---@meta reel.core.poll

error("this file describes reel.core.poll for editors; require reel.core.poll itself")

--- Polling: C repeats a request, and no Lua runs until the answer changes.
---@class reel.core.poll
local poll = {}

---@class reel.core.PollOptions : reel.core.HttpRequest
---@field first? number      Seconds before the first query; default 0.
---@field factor? number     1 to 100: each pause is the one before times this; default 1.5.
---@field max? number        Seconds of the longest pause; default 15.
---@field jitter? number     0 to 1: pauses vary by this share; default 0.1.
---@field fields? string[]   Paths such as "data.state", at most 8: a JSON answer is new if one of
---  their values differs; default: if any byte differs.
---@field deadline? number   Seconds that next() waits at most for a new answer; default: no limit.

--- A repeated request. Closing it is idempotent; a `<close>` variable closes it, too.
---@class reel.core.Poll
local Poll = {}

--- Makes a poll; nothing is sent before next().
---@param options reel.core.PollOptions
---@return reel.core.Poll? poll
---@return reel.core.Word? word
---@return string? message
function poll.new(options) end

--- Waits for a new answer: one that differs from the last that was returned. Returns its status and
--- the values of its fields: numbers as numbers, strings and words as they stand in the JSON, and
--- nil for a field that is absent, an object or an array, or if the body is not JSON. After a
--- failure any answer is new. Only one job at a time may wait.
---@async
---@param pause? number   seconds before the next query, in place of the schedule's; the following
---  pauses grow from it
---@return integer? status            nil: a word and a message follow
---@return string|number|nil ...
function Poll:next(pause) end

--- The body of the last new answer. Valid until the next call of next().
---@return string
function Poll:body() end

--- The seconds that the header Retry-After of the last new answer asks for, if they are 1 to 3600.
---@return integer?
function Poll:retry_after() end

--- How many queries were made, with those that failed.
---@return integer
function Poll:count() end

--- Makes the next answer count as new, whatever it is.
function Poll:forget() end

function Poll:close() end

return poll
