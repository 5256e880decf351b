require "reel.core"
local random = require "reel.base.stable_random"

local function refusal(...)
  local ok, err = pcall(random, ...)
  assert.is_false(ok)
  assert.equal("invalid", err.kind)
  return err.message
end

describe("reel.base.stable_random", function()
  -- These numbers stand in prompts that were paid for.
  it("never changes", function()
    assert.equal(0x1.e319025ed35dp-3, random("", "weather"))
    assert.equal(3, random("", "weather", 100))
    assert.equal(4, random("film", "colour of the coat", -5, 5))
  end)

  it("depends on project and name alone", function()
    local first = random("film", "weather")
    random("film", "other")
    math.randomseed(1)
    assert.equal(first, random("film", "weather"))
    assert.not_equal(first, random("film", "weather "))
    assert.not_equal(first, random("song", "weather"))
    assert.not_equal(random("a", "b 1:c"), random("a 1:b", "c"))
  end)

  it("gives fractions from 0 to 1, spread evenly", function()
    local sum = 0
    for i = 1, 2000 do
      local number = random("film", "n" .. i)
      assert.is_true(number >= 0 and number < 1)
      sum = sum + number
    end
    assert.near(0.5, sum / 2000, 0.03)
  end)

  it("gives every integer between the bounds, both included", function()
    local seen = {}
    for i = 1, 300 do seen[random("film", "n" .. i, 3, 6)] = true end
    assert.same({ [3] = true, [4] = true, [5] = true, [6] = true }, seen)
    assert.equal("integer", math.type(random("film", "x", 6)))
    assert.equal(4, random("film", "x", 4, 4))
    assert.equal(1, random("film", "x", 1))
  end)

  it("takes wide bounds", function()
    local number = random("film", "x", -2 ^ 52, 2 ^ 52 - 1)
    assert.is_true(number >= -2 ^ 52 and number < 2 ^ 52)
  end)

  it("refuses what is no name and no bound", function()
    assert.equal("random: name must be a string, got a nil", refusal("film", nil))
    assert.equal("random: project must be a string, got a nil", refusal(nil, "x"))
    assert.equal("random: a bound must be a whole number, got 1.5", refusal("film", "x", 1.5))
    assert.equal("random: a bound must be a whole number, got six", refusal("film", "x", 1, "six"))
    assert.equal("random: there is no number from 1 to 0", refusal("film", "x", 0))
    assert.equal("random: the bounds are too far apart",
      refusal("film", "x", math.mininteger, math.maxinteger))
  end)

  it("names the caller's line", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local _, err = pcall(function() random("film", 7) end)
    assert.matches("random_spec%.lua:" .. line .. "$", err.where)
  end)
end)
