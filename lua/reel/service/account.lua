-- The account of the service: whether a request may pass, how often, and what its credits are.
local digest = require "reel.core.digest"
local job = require "reel.core.job"

-- The vendor accepts 20 new tasks in 10 s; it rejects more and queues none of them. Source:
-- docs.kie.ai, read 2026-03.
local RATE_WINDOW_S <const> = 10

---@class reel.service.Account
---@field credits number
local Account = {}
local account_mt = { __name = "reel.service.Account", __index = Account }

local account = {}

---Whether the request has the key. When no key is set, every key that is not empty is
---accepted.
---@param authorization? string
---@return boolean
function Account:admits(authorization)
  local token = (authorization or ""):match("^[Bb]earer +(%S+)%s*$")
  if not token then return false end
  return self._key == nil or digest.equal(token, self._key)
end

---Counts one create, unless the last 10 s have seen as many as the rate allows.
---@return boolean allowed
function Account:count_create()
  if self._rate == 0 then return true end
  local creates, now = self._creates, job.now()
  while creates[1] and creates[1] <= now - RATE_WINDOW_S do
    table.remove(creates, 1)
  end
  if #creates >= self._rate then return false end
  creates[#creates + 1] = now
  return true
end

---Takes the price of a task from the credits, if there are enough.
---@param amount number
---@return boolean enough
function Account:charge(amount)
  if amount > self.credits then return false end
  self.credits = self.credits - amount
  return true
end

---Gives the price of a failed task back.
---@param amount number
function Account:refund(amount)
  self.credits = self.credits + amount
end

---@param options { key?: string, rate: integer, credits: number }
---@return reel.service.Account
function account.new(options)
  return setmetatable({
    credits = options.credits, _key = options.key, _rate = options.rate, _creates = {},
  }, account_mt)
end

return account
