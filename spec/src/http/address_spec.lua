local http = require "reel.core" and require "reel.core.http"

describe("reel.core.http.is_public", function()
  local function public(...)
    for _, host in ipairs { ... } do assert.is_true(http.is_public(host), host) end
  end
  local function not_public(...)
    for _, host in ipairs { ... } do assert.is_false(http.is_public(host), host) end
  end

  it("takes names and addresses of the Internet", function()
    public("results.example", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.0.1",
      "100.128.0.1", "192.167.1.1", "223.255.255.255", "2606:4700::1111", "[2001:4860:4860::8888]")
  end)

  it("refuses this machine and its neighbours", function()
    not_public("127.0.0.1", "127.255.1.2", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255",
      "192.168.0.1", "169.254.169.254", "100.64.0.1", "100.127.255.255")
    not_public("::1", "[::1]", "::", "fe80::1", "[fe80::1%25eth0]", "fc00::1", "fd12:3456::1")
  end)

  it("refuses addresses that are reserved", function()
    not_public("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
      "198.18.0.1", "198.19.255.255", "203.0.113.9", "ff02::1", "2001:db8::1", "100::1")
  end)

  it("looks into IPv4 addresses that are wrapped in IPv6", function()
    public("::ffff:8.8.8.8", "64:ff9b::8.8.8.8")
    not_public("::ffff:127.0.0.1", "[::ffff:10.0.0.1]", "64:ff9b::192.168.0.1", "::127.0.0.1",
      "2002:7f00:1::", "2002:808:808::", "2001:0:4136:e378::1")
  end)

  it("refuses the names of this machine", function()
    not_public("localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.LocalHost.")
    public("notlocalhost", "localhost.example")
  end)
end)
