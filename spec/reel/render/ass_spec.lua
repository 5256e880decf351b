local ass = require "reel.render.ass"

describe("reel.render.ass", function()
  it("escapes braces and backslashes so that they begin no tag", function()
    assert.equal("\\{\\\u{2060}b1\\}", ass.escape("{\\b1}"))
    assert.equal("a\\\u{2060}Nb, 100%", ass.escape("a\\Nb, 100%"))
  end)

  it("writes times to the hundredth", function()
    assert.equal("0:00:07.54", ass.time(7.5401))
    assert.equal("0:01:00.00", ass.time(59.999))
    assert.equal("0:00:00.00", ass.time(-1))
  end)

  it("puts text into the last field of an event", function()
    local script = ass.new(64, 36)
    script:event(2, { 0, 1 }, "Caption", "\\an1", ass.escape("one, two"))
    assert.truthy(script:text():find(
      "\nDialogue: 2,0:00:00.00,0:00:01.00,Caption,,0,0,0,,{\\an1}one, two\n", 1, true))
  end)

  it("writes blue before red", function()
    assert.equal("&H00332211", ass.colour("#112233"))
  end)
end)
