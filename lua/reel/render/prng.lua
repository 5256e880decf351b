-- Numbers that depend on the prompt alone, so that the same prompt always gives the same picture:
-- FNV-1a makes a seed of the text, xorshift32 makes a sequence of the seed.

local prng = {}

local Random = {}
local random_mt = { __name = "reel.render.Random", __index = Random }

local MASK = 0xffffffff

--- A 32-bit FNV-1a hash of the bytes of `text`.
---@param text string
---@return integer
function prng.hash(text)
  local hash = 0x811c9dc5
  for position = 1, #text do
    hash = ((hash ~ text:byte(position)) * 0x01000193) & MASK
  end
  return hash
end

--- A sequence of numbers. Neighbouring seeds give unlike sequences.
---@param seed integer
function prng.new(seed)
  local state = (seed ~ 0x9e3779b9) & MASK
  local self = setmetatable({ state = state == 0 and 1 or state }, random_mt)
  for _ = 1, 8 do self:float() end
  return self
end

--- A number in [0, 1).
function Random:float()
  local state = self.state
  state = state ~ (state << 13 & MASK)
  state = state ~ (state >> 17)
  state = state ~ (state << 5 & MASK)
  self.state = state
  return state / 0x100000000
end

--- A number in [low, high).
function Random:between(low, high)
  return low + self:float() * (high - low)
end

--- An integer from `low` to `high`, both included.
function Random:integer(low, high)
  return low + math.floor(self:float() * (high - low + 1))
end

function Random:pick(list)
  return list[self:integer(1, #list)]
end

return prng
