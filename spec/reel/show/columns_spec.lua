require "reel.core"
local columns = require "reel.show.columns"

describe("reel.show.columns", function()
  it("aligns cells", function()
    assert.same({ "a     1  x", "bcd  20  y" },
      columns.format({ { "a", "1", "x" }, { "bcd", "20", "y" } }, { right = { [2] = true } }))
  end)

  it("narrows one column as far as the lines need it", function()
    local rows = { { "1", ("word "):rep(20), "end" } }
    assert.same({ "1  word word wor…  end" }, columns.format(rows, { cut = 2, width = 23 }))
    assert.same({ "1  word word w…  end" }, columns.format(rows, { cut = 2, width = 5 }))
  end)

  it("makes cells printable before it measures them", function()
    assert.same({ "a?[31m?  x", "b c      y", "?        z" }, columns.format {
      { "a\27[31m\u{9B}", "x" }, { "b\r\nc", "y" }, { "\u{202E}", "z" },
    })
  end)
end)
