-- The account behind the key: who may call, how often, and for how many credits.
local digest = require "reel.core.digest"
local job = require "reel.core.job"

-- 20 new tasks in 10 s; more are rejected, not queued. Source: docs.kie.ai, read 2026-03.
local RATE_WINDOW_S <const> = 10

---@class reel.service.Account
---@field credits number
local Account = {}
local account_mt = { __name = "reel.service.Account", __index = Account }

local account = {}

---Whether the request carries the key; without a set key any non-empty one will do.
---@param authorization? string
---@return boolean
function Account:admits(authorization)
  local token = (authorization or ""):match("^[Bb]earer +(%S+)%s*$")
  if not token then return false end
  return self._key == nil or digest.equal(token, self._key)
end

---Counts one create against the window.
---@return boolean allowed
function Account:take_turn()
  if self._rate == 0 then return true end
  local turns, now = self._turns, job.now()
  while turns[1] and turns[1] <= now - RATE_WINDOW_S do
    table.remove(turns, 1)
  end
  if #turns >= self._rate then return false end
  turns[#turns + 1] = now
  return true
end

---@param amount number
---@return boolean enough
function Account:charge(amount)
  if amount > self.credits then return false end
  self.credits = self.credits - amount
  return true
end

---@param amount number
function Account:refund(amount)
  self.credits = self.credits + amount
end

---@param options { key?: string, rate: integer, credits: number }
---@return reel.service.Account
function account.new(options)
  return setmetatable({
    credits = options.credits, _key = options.key, _rate = options.rate, _turns = {},
  }, account_mt)
end

return account
