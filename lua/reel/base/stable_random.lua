-- Random numbers that are the same in every run, on every machine and in every version. A prompt
-- that is made with them stays the same in a rerun, so its call is not paid for again. Each number
-- is made from the SHA-256 of the project and the name and depends on nothing else, not even on
-- the order of the calls.
--
-- A change of any of these numbers would make scripts pay again; the spec compares some of them.
local Error = require "reel.base.error"
local digest = require "reel.core.digest"

local MAX_SPAN <const> = 1 << 53
local LARGEST <const> = math.maxinteger

local function raise_invalid(message, ...)
  Error.raise({ kind = "invalid", message = "random: " .. message:format(...) }, 4)
end

-- Each text has its length in front, so that two pairs of project and name never give one seed.
local function draw(project, name, round)
  local seed = ("reel random %d:%s %d:%s %d"):format(#project, project, #name, name, round)
  return tonumber("0x" .. digest.sha256(seed):sub(1, 16))
end

-- Draws again when the number is at the limit or above it: with these numbers, the remainder would
-- be a small number more often than a large one.
local function draw_below(size, project, name)
  local limit, round = LARGEST - LARGEST % size, 0
  local number
  repeat
    number, round = draw(project, name, round) >> 1, round + 1
  until number < limit
  return number % size
end

local function check_bounds(m, n)
  local low, high = math.tointeger(m), math.tointeger(n)
  if not low then raise_invalid("a bound must be a whole number, got %s", tostring(m)) end
  if not high then raise_invalid("a bound must be a whole number, got %s", tostring(n)) end
  if low > high then raise_invalid("there is no number from %d to %d", low, high) end
  if high - low < 0 or high - low >= MAX_SPAN then raise_invalid("the bounds are too far apart") end
  return low, high
end

local function check_names(project, name)
  if type(project) ~= "string" then
    raise_invalid("project must be a string, got a %s", type(project))
  end
  if type(name) ~= "string" then raise_invalid("name must be a string, got a %s", type(name)) end
end

--- The random number of a name in a project. Without bounds it lies in [0, 1); with m it is an
--- integer in 1..m, with m and n in m..n.
---@param project string
---@param name string
---@param m? integer
---@param n? integer
---@return number
local function stable_random(project, name, m, n)
  check_names(project, name)
  if m == nil then return (draw(project, name, 0) >> 11) * 2.0 ^ -53 end
  local low, high = check_bounds(n and m or 1, n or m)
  return low + draw_below(high - low + 1, project, name)
end

return stable_random
