require "reel.core"
local task_ids = require "reel.vendor.task_ids"

describe("reel.vendor.task_ids", function()
  it("calls ids plain that have up to 100 letters, digits, - _ and .", function()
    for _, id in ipairs { "a", "281e5b0f9c7d", "T-1_2.x", ("x"):rep(100) } do
      assert.is_true(task_ids.is_plain(id))
      assert.equal(id, task_ids.shown(id))
    end
    for _, id in ipairs { "", "a b", "a/b", "a\n", "a\27", "é", ("x"):rep(101) } do
      assert.is_false(task_ids.is_plain(id))
    end
  end)

  it("shows the others as a hash, the same one each time", function()
    assert.equal("sha256:eb0bbe567e973dcc", task_ids.shown("task\27[31m"))
    assert.not_equal(task_ids.shown("a\n"), task_ids.shown("a\n\n"))
  end)

  it("shortens plain ids only", function()
    assert.equal("281e5b0f9c7d", task_ids.short("281e5b0f9c7d4a6e8b1a"))
    assert.equal(task_ids.shown("a\27"), task_ids.short("a\27"))
  end)
end)
