local url = require "reel.core" and require "reel.core.url"

describe("reel.core.url.parse", function()
  it("takes a URL apart", function()
    assert.same({
      scheme = "https", user = "me", host = "a.example", port = "8443", place = "a.example:8443",
      origin = "https://a.example:8443", path = "/b/c.mp4", query = "x=1&y", fragment = "z",
    }, url.parse "https://me:secret@a.example:8443/b/c.mp4?x=1&y#z")
  end)

  it("leaves out what is not there", function()
    assert.same({
      scheme = "http", host = "a", place = "a", origin = "http://a", path = "/",
    }, url.parse "http://a")
  end)

  local origins = {
    { "HTTPS://A.Example", "https://a.example" },
    { "https://a.example:443/", "https://a.example:443" },
    { "http://a:/", "http://a" },
    { "http://a:080/", "http://a:80" },
    { "http://[::1]:80/", "http://[::1]:80" },
    { "http://[2001:DB8::A]/", "http://[2001:db8::a]" },
    { "http://127.1/", "http://127.0.0.1" },
    { "http://0x7f.0.0.1/", "http://127.0.0.1" },
    { "http://2130706433/", "http://127.0.0.1" },
    { "http://a%2eexample/", "http://a.example" },
    { "http://a_b.example/", "http://a_b.example" },
    { "https://m\u{fc}ller.example/", "https://m\u{fc}ller.example" },
    { "socks5h://u:p@h:1080", "socks5h://h:1080" },
  }
  for _, pair in ipairs(origins) do
    it(("names the origin of %q"):format(pair[1]), function()
      assert.equal(pair[2], url.parse(pair[1]).origin)
    end)
  end

  it("resolves the dots of a path", function()
    assert.equal("/b/c", url.parse("http://a/x/../b/./c").path)
    assert.equal("/b", url.parse("http://a/../../b").path)
  end)

  it("leaves the signs of path and query as they are", function()
    local parts = url.parse "http://a/%2e%2F%zz\u{e9}?%20"
    assert.same({ "/%2e%2F%zz\u{e9}", "%20" }, { parts.path, parts.query })
  end)

  local refused = {
    "", "a.example/x", "//a/b", "http:a", "http:/a", "http:///a", "http:////a", "http:\\\\a\\",
    "http://", "https://?x", "http://:80/", "http://@/", "http://u@/", "file:///etc/passwd",
    "data:image/png;base64,AA", "javascript:alert(1)", "mailto:a@b",
    "http://a:0/", "http://a:65536/", "http://a:8x/", "http://a:80:90/", "http://a:-1/",
    "http://[zz]/", "http://[::1/", "http://[fe80::1%25eth0]/", "http://[::1]x/",
    "http://a b/", "http://a/ b", " http://a/", "http://a/ ", "http://a/\tb", "http://a/\r\nX: y",
    "http://a/\1", "http://a/\127", "http://a\0b/", "http://a/\0", "http://a%00b/",
    "http://a%20b/", "http://a%0ab/", "http://a\\b/", "http://a@b@c/", "http://a;b/", "http://a|b/",
    "http://a~b/", "http://a\"b/", "http://a<b>/", "http://a*b/",
  }
  for _, text in ipairs(refused) do
    it(("refuses %q"):format(text), function() assert.is_nil(url.parse(text)) end)
  end

  it("refuses a value that is not a string", function()
    assert.is_nil(url.parse(7))
    assert.is_nil(url.parse {})
    assert.is_nil(url.parse(nil))
  end)
end)

describe("reel.core.url.is_web", function()
  it("accepts only http and https", function()
    for _, text in ipairs { "http://a", "https://a/b?c#d", "HTTP://A/", "hTTpS://u:p@a:1" } do
      assert.is_true(url.is_web(text), text)
    end
    for _, text in ipairs { "ftp://a/", "socks5://a", "httpx://a/", "http://", 7 } do
      assert.is_false(url.is_web(text), tostring(text))
    end
  end)
end)

describe("reel.core.url.resolve", function()
  local base = "https://a.example:8443/b/c?q"
  local cases = {
    { "d", "https://a.example:8443/b/d" },
    { "/d", "https://a.example:8443/d" },
    { "../d?e", "https://a.example:8443/d?e" },
    { "?e", "https://a.example:8443/b/c?e" },
    { "//d.example/e", "https://d.example/e" },
    { "http://d.example/e", "http://d.example/e" },
    { "HTTPS://d.example/e", "https://d.example/e" },
    { "d e", "https://a.example:8443/b/d%20e" },
    { "ftp://d.example/e", "ftp://d.example/e" },
  }
  for _, case in ipairs(cases) do
    it(("leads to %q"):format(case[1]), function()
      assert.equal(case[2], url.resolve(base, case[1]))
    end)
  end

  for _, location in ipairs { "javascript:alert(1)", "file:///etc/passwd", "d\r\nX: y",
    "d\0e", "https://d e/", "http://d:0/", "//[fe80::1%25eth0]/" } do
    it(("leads nowhere with %q"):format(location), function()
      assert.is_nil(url.resolve(base, location))
    end)
  end

  it("needs a whole URL to begin with", function()
    assert.is_nil(url.resolve("a.example/b", "https://a.example/"))
  end)
end)
