local prng = require "reel.render.prng"

describe("reel.render.prng", function()
  it("hashes with FNV-1a", function()
    assert.equal(0x811c9dc5, prng.hash(""))
    assert.equal(0xe40c292c, prng.hash("a"))
    assert.equal(0xbf9cf968, prng.hash("foobar"))
  end)

  it("repeats a sequence for the same seed", function()
    local one, other = prng.new(7), prng.new(7)
    for _ = 1, 20 do assert.equal(one:float(), other:float()) end
  end)

  it("stays within its bounds", function()
    local random = prng.new(0)
    for _ = 1, 1000 do
      local number, whole = random:between(2, 3), random:integer(1, 3)
      assert.is_true(number >= 2 and number < 3)
      assert.is_true(whole >= 1 and whole <= 3)
    end
  end)
end)
