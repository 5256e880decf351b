require "reel.core"
local process = require "reel.core.process"
local terminal = require "reel.core.terminal"

describe("reel.core.terminal", function()
  it("sees that a file is no terminal", function()
    local code = ([[package.cpath = %q
      require "reel.core"
      local terminal = require "reel.core.terminal"
      print(terminal.is_terminal(0), terminal.columns(0), terminal.rows(0))
    ]]):format(package.cpath)
    local result = process.run { argv = { "lua5.4", "-e", code }, timeout = 10 }
    assert.equal("false\tnil\tnil\n", result.stdout)
  end)

  describe("width", function()
    for _, case in ipairs {
      { "", 0, "nothing" },
      { "reel", 4, "ASCII" },
      { "Grüße", 5, "letters of two bytes" },
      { "e\u{301}", 1, "a combining accent" },
      { "日本語", 6, "wide characters" },
      { "🎬", 2, "an emoji" },
      { "\xff\xfe", 2, "bytes that are no UTF-8" },
      { "a\xe6\x97", 3, "a character cut short" },
      { "a\0b", 3, "control characters" },
    } do
      it("counts " .. case[3], function()
        assert.equal(case[2], terminal.width(case[1]))
      end)
    end

    it("does not depend on the locale, and leaves it alone", function()
      local before = os.setlocale()
      finally(function() os.setlocale(before) end)
      os.setlocale("C")
      assert.equal(6, terminal.width("日本語"))
      assert.equal("C", os.setlocale())
    end)
  end)
end)
