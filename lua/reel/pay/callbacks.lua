-- What the paid path asks of callbacks. webhook/ answers; this module knows nothing of it, so that
-- calls are paid for the same way where nobody listens.
local callbacks = {}

---@class reel.pay.CallbackHandler
---@field start fun()                     listens, if callbacks are configured
---@field url fun(nonce: string): string? where the vendor reports an attempt's task
---@field may_settle fun(attempt: table): boolean, number?  whether a callback can still tell the
---  outcome of an attempt, and for how many seconds one can come
---@field wait fun()                      waits until a callback was followed up, or for a moment

---@type reel.pay.CallbackHandler
local handler = {
  start = function() end,
  url = function() end,
  may_settle = function() return false end,
  wait = function() end,
}

--- Takes the functions that answer from now on.
---@param new_handler reel.pay.CallbackHandler
function callbacks.register(new_handler)
  handler = new_handler
end

--- Listens, where callbacks are configured. Raises "config" when that cannot be.
---@async
function callbacks.start()
  handler.start()
end

--- Where the vendor is to report the task of an attempt; nil: nowhere.
---@param nonce string
---@return string?
function callbacks.url(nonce)
  return handler.url(nonce)
end

--- Whether a callback can still tell what became of an attempt.
---@async
---@param attempt table   its row
---@return boolean may_settle, number? seconds   how long one can come
function callbacks.may_settle(attempt)
  return handler.may_settle(attempt)
end

--- Waits until a callback was followed up, or for a moment.
---@async
function callbacks.wait()
  handler.wait()
end

return callbacks
