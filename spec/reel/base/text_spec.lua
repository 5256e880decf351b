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

  it("replaces bytes that are no UTF-8, and only these", function()
    assert.equal("é??b 漢", text.line("é\xff\xfeb 漢"))
    assert.equal("??é", text.line("\xe2\x80é"))
  end)

  it("takes away marks that change the direction of what follows", function()
    for _, mark in ipairs { "\u{202A}", "\u{202E}", "\u{2066}", "\u{2069}" } do
      assert.equal("a?b", text.line("a" .. mark .. "b"))
    end
    assert.equal("\u{200F}منارة\u{200E}", text.line("\u{200F}منارة\u{200E}"))
  end)

  it("cuts between characters", function()
    assert.equal(("é"):rep(5), text.line(("é"):rep(5), 5))
    assert.equal(("é"):rep(5) .. "…", text.line(("é"):rep(6), 5))
    assert.equal(("x"):rep(300) .. "…", text.line(("x"):rep(1000)))
  end)

  it("cleans only the beginning of a huge text", function()
    local cut = text.line(("é"):rep(1000000), 5)
    assert.equal(("é"):rep(5) .. "…", cut)
    assert.equal("a …", text.line("a" .. ("\n"):rep(100000) .. "b", 5))
    collectgarbage()
    local before = collectgarbage "count"
    collectgarbage "stop"
    text.line(("\27"):rep(20000000), 300)
    local used = collectgarbage "count" - before
    collectgarbage "restart"
    assert.is_true(used < 1.1 * 20000, used .. " KiB") -- the text itself has 20,000
  end)
end)

describe("reel.text printable", function()
  it("keeps spaces, and makes one line", function()
    assert.equal("   a  b", text.printable("   a  b"))
    assert.equal("a b ?[1m é", text.printable("a\r\nb\t\27[1m é"))
  end)
end)

describe("reel.text lines", function()
  it("keeps line ends and indentation, and cleans each line", function()
    assert.equal("a\n  b?\n\nc \n", text.lines("a\n  b\27\n\nc\r\n", 100))
  end)

  it("bounds the length of lines and their number", function()
    assert.equal("abc…\nd", text.lines("abcd\nd", 3))
    local _, ends = text.lines(("x\n"):rep(100000), 10):gsub("\n", "")
    assert.equal(10000, ends)
  end)
end)

describe("reel.text message", function()
  it("indents what follows a line end, so that no value can begin a line", function()
    assert.equal("two\n  reel: all is well\n  b\n\n  c",
      text.message("two\nreel: all is well\n  b\n\nc", 100))
    assert.equal("stack traceback:\n    a.lua:1: in x",
      text.message("stack traceback:\n\ta.lua:1: in x", 100))
  end)
end)
