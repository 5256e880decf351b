local chunk = require "reel.repl.chunk"

describe("reel.repl.chunk", function()
  for _, entry in ipairs {
    { "1 + 1", 2 },
    { "= 1 + 1", 2 },
    { "return 3", 3 },
    { "  (function() return 4 end)()", 4 },
  } do
    local source, expected = table.unpack(entry)
    it("gives the value of " .. source, function()
      assert.equal(expected, chunk.load(source)())
    end)
  end

  it("runs statements", function()
    assert.same({ n = 0 }, table.pack(chunk.load("local x = 1")()))
    assert.same({ n = 0 }, table.pack(chunk.load("-- a comment")()))
  end)

  for _, source in ipairs {
    "1 +", "f(", "for i = 1, 3 do", "x =", "local t = {", "if a then b()", "[[ a long", "--[[ a",
    "function f()\n  return 1",
  } do
    it("wants more lines after " .. source:gsub("\n", " "), function()
      local fn, message, is_incomplete = chunk.load(source)
      assert.is_nil(fn)
      assert.matches("^repl:", message)
      assert.is_true(is_incomplete)
    end)
  end

  for _, source in ipairs { "1 + + 1 )", "x = = 1", "end", "'open", "for for" } do
    it("sees that no further line can complete " .. source, function()
      local fn, _, is_incomplete = chunk.load(source)
      assert.same({ nil, false }, { fn, is_incomplete })
    end)
  end
end)
