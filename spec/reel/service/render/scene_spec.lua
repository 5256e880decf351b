local palette = require "reel.render.palette"
local prng = require "reel.render.prng"
local scene = require "reel.render.scene"

local function choose(prompt)
  return scene.choose(prompt, prng.new(1))
end

describe("reel.render.scene", function()
  it("picks a scene by the words of the prompt", function()
    assert.equal("stage", (choose("Two professors argue")))
    assert.equal("sea", (choose("A boat at rest")))
    assert.equal("city", (choose("Streets in the rain")))
  end)

  it("picks a palette by the words of the prompt", function()
    assert.equal("neon", select(2, choose("Streets in the rain")))
    assert.equal("frost", select(2, choose("A fox in the snow")))
  end)

  it("looks at whole words", function()
    assert.not_equal("orbit", (choose("Start the carnival of searching")))
  end)

  it("picks for a prompt without such words by its hash", function()
    local kinds = {}
    for seed = 1, 40 do kinds[scene.choose("xyzzy", prng.new(seed))] = true end
    assert.is_true(kinds.ridges and kinds.sea and kinds.city)
  end)

  it("draws every scene in every palette and both orientations", function()
    for _, kind in ipairs { "ridges", "forest", "city", "sea", "orbit", "stage" } do
      for index, name in ipairs(palette.names()) do
        local world = scene.draw {
          kind = kind, palette = palette.get(name), random = prng.new(index), mirrored = false,
          width = index % 2 == 0 and 320 or 180, height = index % 2 == 0 and 180 or 320,
        }
        assert.equal(3, #world.strips)
        for _, strip in ipairs(world.strips) do
          assert.is_nil((world.sky .. strip.body):find("nan", 1, true))
          assert.is_true(strip.top < (strip.bottom or world.height))
        end
      end
    end
  end)
end)
