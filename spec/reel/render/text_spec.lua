local text = require "reel.render.text"

describe("reel.render.text", function()
  describe("clean", function()
    it("keeps ordinary text of any script", function()
      assert.equal("A fox 🦊, ٢ دلو, 山", text.clean("A fox 🦊, ٢ دلو, 山"))
    end)

    it("makes one line with single spaces", function()
      assert.equal("a b c d", text.clean("  a\r\n\tb\u{2028}c\u{3000}\u{a0} d \n"))
    end)

    it("replaces each broken sequence by one U+FFFD", function()
      assert.equal("a\u{FFFD}b\u{FFFD}", text.clean("a\xffb\xe6\xb8"))
      assert.equal("\u{FFFD}", text.clean("\xed\xa0\x80"))
    end)

    it("drops NUL, control characters and DEL", function()
      assert.equal("ab[31mc", text.clean("a\0b\27[31m\7c\127\u{9b}"))
    end)

    it("drops what overrides the direction", function()
      assert.equal("abc", text.clean("a\u{202E}b\u{2066}c\u{2069}\u{202C}"))
    end)

    it("keeps a few marks on a letter, not hundreds", function()
      assert.equal("e" .. ("\u{301}"):rep(4) .. "x", text.clean("e" .. ("\u{301}"):rep(500) .. "x"))
    end)

    it("gives an empty text when nothing can be kept", function()
      assert.equal("", text.clean(" \0\1\t "))
    end)
  end)

  describe("cut", function()
    it("leaves what fits", function()
      assert.same({ "short", false }, { text.cut("short", 5) })
    end)

    it("cuts at the edge of a word and says so", function()
      assert.same({ "the quiet…", true }, { text.cut("the quiet, harbour", 14) })
    end)

    it("cuts a word that is too long", function()
      assert.same({ "aaaa…", true }, { text.cut(("a"):rep(50), 5) })
    end)

    it("counts wide characters as two columns", function()
      assert.equal("清晨…", (text.cut("清晨的薄雾", 6)))
    end)
  end)

  describe("shorten", function()
    it("counts characters and never halves one", function()
      assert.equal("清…", text.shorten("清晨的", 2))
      assert.equal("清晨的", text.shorten("清晨的", 3))
    end)
  end)
end)
