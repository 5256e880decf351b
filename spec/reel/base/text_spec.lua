local text = require "reel.base.text"

describe("reel.text line", function()
  it("keeps printable text of any language", function()
    assert.equal("naïve 漢字 😀 e\u{301}", text.line("naïve 漢字 😀 e\u{301}"))
  end)

  it("takes away what a terminal would obey", function()
    assert.equal("?[2Ja?b?31m?", text.line("\27[2Ja\0b\u{9b}31m\127"))
  end)

  it("makes one line", function()
    assert.equal("a b c", text.line("a\r\n\tb   c"))
  end)

  it("replaces bytes that are no UTF-8", function()
    assert.equal("a??b", text.line("a\xff\xfeb"))
  end)

  it("cuts between characters", function()
    assert.equal(("é"):rep(5), text.line(("é"):rep(5), 5))
    assert.equal(("é"):rep(5) .. "…", text.line(("é"):rep(6), 5))
    assert.equal(("x"):rep(300) .. "…", text.line(("x"):rep(1000)))
  end)
end)
