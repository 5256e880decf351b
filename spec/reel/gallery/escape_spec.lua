-- Text from outside in a page, and paths as links.
local escape = require "reel.gallery.escape"
local paths = require "reel.gallery.paths"

describe("reel.gallery.escape", function()
  it("turns markup into text", function()
    assert.equal("&lt;/script&gt;&lt;img src=&quot;x&quot; alt=&#39;&amp;amp;&#39;&gt;",
      escape.text([[</script><img src="x" alt='&amp;'>]]))
  end)

  it("replaces control characters, broken bytes and marks of direction by one sign", function()
    local sign = "\u{FFFD}"
    assert.equal(("a%sb%sc%sd%se"):format(sign, sign, sign, sign),
      escape.text("a\0b\27c\u{85}d\127e"))
    assert.equal("x" .. sign .. "y" .. sign .. sign, escape.text("x\xFFy\xC3\xE2"))
    assert.equal(sign .. "evil" .. sign, escape.text("\u{202E}evil\u{2066}"))
    assert.equal(sign, escape.text("\0"))
  end)

  it("leaves tabs and every script as they are", function()
    local words = "a\tb منارة \u{200F}في 霧🦊é"
    assert.equal(words, escape.text(words))
    assert.equal("", escape.text(""))
  end)

  it("keeps line ends for the browser, but begins no line of the file with words from outside",
    function()
      assert.equal("a&#10;b&#10;c&#10;", escape.text("a\r\nb\rc\n"))
    end)

  it("makes of a path a link that can be read only as a path", function()
    assert.equal("../a%20b/javascript%3Aalert%281%29/%3Fq%23f%25.mp4",
      escape.path("../a b/javascript:alert(1)/?q#f%.mp4"))
    assert.equal("%C3%A9%22%3C.mp4", escape.path('é"<.mp4'))
  end)
end)

describe("reel.gallery.paths", function()
  it("finds the relative path from a folder to a file", function()
    assert.equal("media/a.mp4", paths.relative("/p/.reel", "/p/.reel/media/a.mp4"))
    assert.equal("../p/.reel/a.mp4", paths.relative("/pages", "/p/.reel/a.mp4"))
    assert.equal("../../b/c", paths.relative("/a/a", "/b/c"))
    assert.equal("p/a", paths.relative("/", "/p/a"))
  end)

  it("makes paths absolute by their names", function()
    assert.equal("/x/b", paths.absolute("./a/../b", "/x"))
    assert.equal("/y", paths.absolute("/../y", "/x"))
    assert.equal("/x/a", paths.absolute("a", "/x/"))
  end)
end)
