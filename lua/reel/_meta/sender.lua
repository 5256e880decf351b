---@meta reel.core.sender

error("this file describes reel.core.sender for editors; require reel.core.sender itself")

--- Sends a POST at most once.
---@class reel.core.sender
local sender = {}

--- The attempt that becomes "latched" in the journal before the first byte leaves.
---@class reel.core.SendAttempt
---@field journal reel.core.Journal
---@field id integer             Number of the attempt.
---@field nonce string
---@field run string
---@field origin string
---@field holder string
---@field rate_count? integer    The most creates in `rate_seconds`; default: no limit.
---@field rate_seconds? number   Length of the rate window.
---@field max_new? integer       The most creates of the run; default: no limit.
---@field max_credits? number    The most credits of the run; default: no limit.

---@class reel.core.SendOptions
---@field url string
---@field headers? string[]               "Name: value"
---@field body? string
---@field timeout? number                 Seconds; 0 is no limit; default 120.
---@field connect_timeout? number         Seconds; default 15.
---@field max_body? integer               Bytes of the answer; at most, and by default, 1 MiB.
---@field attempt? reel.core.SendAttempt

---@class reel.core.SendResult : reel.core.HttpResponse
---@field sent boolean            Whether a byte may have left. Only false allows another try.
---@field sends integer           How often libcurl was allowed to send: 0 or 1.
---@field curl_code integer
---@field error reel.core.Word?   Why the request failed.
---@field message string?
---@field wait number?            With "rate": seconds until the rate limit allows the create.

--- Sends the request. A cancel withdraws it only before the first byte.
---@async
---@param options reel.core.SendOptions
---@return reel.core.SendResult? result   nil: the request could not be started
---@return reel.core.Word? word
---@return string? message
function sender.post(options) end

return sender
