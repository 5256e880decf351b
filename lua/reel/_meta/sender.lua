---@meta reel.core.sender

error("this file only tells editors what reel.core.sender is: require that")

--- The POST that is sent at most once.
---@class reel.core.sender
local sender = {}

--- What moves the attempt to "latched" in the journal before the first byte leaves.
---@class reel.core.SendAttempt
---@field journal reel.core.Journal
---@field id integer             Its number.
---@field nonce string
---@field run string
---@field origin string
---@field holder string
---@field rate_count? integer    At most so many creates …
---@field rate_seconds? number   … in so many seconds; default: no limit.
---@field max_new? integer       Creates of the run; default: no limit.
---@field max_credits? number    Credits of the run; default: no limit.

---@class reel.core.SendOptions
---@field url string
---@field headers? string[]               "Name: value"
---@field body? string
---@field timeout? number                 Seconds, 0: no limit; default 120.
---@field connect_timeout? number         Seconds; default 15.
---@field max_body? integer               Bytes of the answer; default 1 MiB.
---@field attempt? reel.core.SendAttempt

---@class reel.core.SendResult : reel.core.HttpResponse
---@field sent boolean            Whether a byte may have left. Only false allows another try.
---@field sends integer           How often it came to that: 0 or 1.
---@field curl_code integer
---@field error reel.core.Word?   Why it failed.
---@field message string?
---@field wait number?            With "rate": seconds until there is room.

--- Sends it. A cancel takes it back only before the first byte.
---@async
---@param options reel.core.SendOptions
---@return reel.core.SendResult? result   nil: it could not even be tried
---@return reel.core.Word? word
---@return string? message
function sender.post(options) end

return sender
