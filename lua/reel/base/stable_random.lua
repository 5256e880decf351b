-- Random numbers that are the same in every run, on every machine and in every version: a prompt
-- made with them is the same call again, and the same call is paid once. They come from SHA-256 of
-- the project and the name, so they depend on nothing else, not even on the order of the calls.
--
-- Changing any number here makes scripts pay again; the spec holds some of them.
local Error = require "reel.base.error"
local digest = require "reel.core.digest"

local MAX_SPAN <const> = 1 << 53
local LARGEST <const> = math.maxinteger

local function refuse(message, ...)
  Error.raise({ kind = "invalid", message = "random: " .. message:format(...) }, 4)
end

-- Lengths stand before the texts, so that no two pairs of project and name are one text.
local function draw(project, name, round)
  local seed = ("reel random %d:%s %d:%s %d"):format(#project, project, #name, name, round)
  return tonumber("0x" .. digest.sha256(seed):sub(1, 16))
end

-- Draws again where a plain remainder would prefer small numbers.
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
  if not low then refuse("a bound must be a whole number, got %s", tostring(m)) end
  if not high then refuse("a bound must be a whole number, got %s", tostring(n)) end
  if low > high then refuse("there is no number from %d to %d", low, high) end
  if high - low < 0 or high - low >= MAX_SPAN then refuse("the bounds are too far apart") end
  return low, high
end

local function check_names(project, name)
  if type(project) ~= "string" then refuse("project must be a string, got a %s", type(project)) end
  if type(name) ~= "string" then refuse("name must be a string, got a %s", type(name)) end
end

--- The number of a name in a project: in [0, 1) without bounds, an integer in 1..m with one, in
--- m..n with two.
---@param project string
---@param name string
---@param m? integer
---@param n? integer
---@return number
local function random(project, name, m, n)
  check_names(project, name)
  if m == nil then return (draw(project, name, 0) >> 11) * 2.0 ^ -53 end
  local low, high = check_bounds(n and m or 1, n or m)
  return low + draw_below(high - low + 1, project, name)
end

return random
