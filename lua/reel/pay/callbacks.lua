-- What the code that pays needs to know about callbacks. webhook/ registers the functions that
-- answer. This module does not require webhook/: without registered functions, calls are paid for
-- in the same way, and no callback is expected.
local callbacks = {}

---@class reel.pay.CallbackHandler
---@field start fun()                     listens, if callbacks are configured
---@field url fun(nonce: string): string? where the vendor sends an attempt's callback
---@field may_settle fun(attempt: table): boolean, number?  whether a callback may still tell the
---  outcome of an attempt, and for how many seconds a callback may come
---@field wait fun()    waits until a callback has been followed up, or for a moment

---@type reel.pay.CallbackHandler
local handler = {
  start = function() end,
  url = function() end,
  may_settle = function() return false end,
  wait = function() end,
}

--- Sets the functions that the functions below call.
---@param new_handler reel.pay.CallbackHandler
function callbacks.register(new_handler)
  handler = new_handler
end

--- Listens if callbacks are configured. Raises "config" when the address cannot be listened on.
---@async
function callbacks.start()
  handler.start()
end

--- The URL to which the vendor sends the callback of an attempt; nil: callbacks are not configured.
---@param nonce string
---@return string?
function callbacks.url(nonce)
  return handler.url(nonce)
end

--- Whether a callback may still tell the outcome of an attempt.
---@async
---@param attempt table   its row
---@return boolean may_settle, number? seconds   for how long a callback may come
function callbacks.may_settle(attempt)
  return handler.may_settle(attempt)
end

--- Waits until a callback has been followed up, or for a moment.
---@async
function callbacks.wait()
  handler.wait()
end

return callbacks
