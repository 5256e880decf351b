local glyph = require "reel.render.glyph"
local wrap = require "reel.render.wrap"

describe("reel.render.glyph", function()
  it("counts wide characters twice and marks not at all", function()
    assert.equal(5, glyph.columns("山a\u{301}水"))
    assert.equal(2, glyph.columns("🦊"))
  end)

  it("finds the direction by the first strong character", function()
    assert.is_true(glyph.is_right_to_left("3. שלום world"))
    assert.is_true(glyph.is_right_to_left("«راوي» Sora"))
    assert.is_false(glyph.is_right_to_left("hello שלום"))
    assert.is_false(glyph.is_right_to_left("123"))
  end)
end)

describe("reel.render.wrap", function()
  local function longest(lines)
    local most = 0
    for _, line in ipairs(lines) do most = math.max(most, glyph.columns(line)) end
    return most
  end

  it("breaks at spaces", function()
    assert.same({ "an old", "fisher" }, wrap.lines("an old fisher", 7))
  end)

  it("breaks between wide characters", function()
    assert.same({ "清晨的", "薄雾" }, wrap.lines("清晨的薄雾", 6))
  end)

  it("breaks a word that is longer than a line", function()
    local lines = wrap.lines(("a"):rep(10000), 40)
    assert.equal(250, #lines)
    assert.equal(40, longest(lines))
  end)

  it("breaks after a hyphen", function()
    assert.same({ "half-", "lit" }, wrap.lines("half-lit", 6))
  end)

  it("never begins a line with a closing sign", function()
    assert.same({ "清晨的、", "薄雾。」" }, wrap.lines("清晨的、薄雾。」", 6))
  end)

  it("never begins a line with a Thai vowel that follows", function()
    for columns = 4, 12 do
      for _, line in ipairs(wrap.lines("ริมแม่น้ำยามเช้าน้ำน้ำ", columns)) do
        assert.is_nil(line:find("^ำ"))
      end
    end
  end)

  it("keeps a mark on its letter", function()
    assert.same({ "山\u{301}", "aa" }, wrap.lines("山\u{301}aa", 3))
  end)

  it("lets closing signs hang over by two columns at most", function()
    assert.equal(12, longest(wrap.lines(("."):rep(100), 10)))
  end)

  it("keeps a mark on a sign that hangs over", function()
    assert.same({ "aaaa,,\u{301}", "b" }, wrap.lines("aaaa,,\u{301}b", 4))
  end)

  it("balances the lines", function()
    assert.same({ "a quiet", "harbour" }, wrap.balanced("a quiet harbour", 14))
  end)

  it("breaks no word for the balance", function()
    assert.same({ "@calm_ranger", "walks…" }, wrap.balanced("@calm_ranger walks…", 14))
  end)

  it("knows when a renderer that breaks at spaces needs help", function()
    assert.is_false(wrap.is_needed("words of a moderate length", 12))
    assert.is_true(wrap.is_needed("incomprehensibilities", 12))
    assert.is_true(wrap.is_needed("清晨", 12))
  end)
end)
