local layout = require "reel.render.layout"
local shots = require "reel.render.shots"
local prng = require "reel.render.prng"

local SIZES = {
  { 1280, 720 }, { 720, 1280 }, { 960, 540 }, { 540, 960 }, { 320, 180 }, { 180, 320 },
  { 1920, 1080 }, { 640, 640 },
}

describe("reel.render.layout", function()
  it("keeps the box of the mark off the edges of the frame", function()
    for _, size in ipairs(SIZES) do
      local box = layout.mark_box(size[1], size[2])
      assert.is_true(box.x > 0 and box.y > 0)
      assert.is_true(box.x + box.width < size[1] and box.y + box.height < size[2])
    end
  end)

  it("puts the mark inside the box", function()
    for _, size in ipairs(SIZES) do
      local box, mark = layout.mark_box(size[1], size[2]), layout.new(size[1], size[2]).mark
      assert.is_true(box.x < mark.x and box.x + box.width > mark.x + mark.width)
      assert.is_true(box.y < mark.y and box.y + box.height > mark.y + mark.height)
    end
  end)
end)

describe("reel.render.shots", function()
  it("fills the duration with whole frames and no gap", function()
    for seed = 1, 50 do
      local list = shots.cut { duration = 15, count = 4, lead = 2, random = prng.new(seed) }
      local frames = 0
      for _, shot in ipairs(list) do
        assert.equal(frames / shots.FPS, shot.start)
        frames = frames + shot.frames
      end
      assert.equal(15 * shots.FPS, frames)
    end
  end)

  it("counts a shot for each image that there is time for", function()
    assert.equal(3, shots.count(10, 0))
    assert.equal(4, shots.count(15, 0))
    assert.equal(3, shots.count(10, 1))
    assert.equal(2, shots.count(10, 2))
    assert.equal(5, shots.count(10, 9))
  end)
end)
