-- Web pages of other sites reach a service on loopback; it must not answer them.
require "reel.core"
local access = require "reel.service.access"
local client = require "support.service_client"
local digest = require "reel.core.digest"

local it = require "support.bounded"(it)

describe("reel.service.access", function()
  local function status(host, headers)
    local own = access.new(host, 8080)
    return not own:is_addressed(headers) and 421 or own:is_foreign_page(headers) and 403 or nil
  end

  for _, host in ipairs {
    "127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080",
  } do
    it("answers to its own address " .. host, function()
      assert.is_nil(status("127.0.0.1", { host = host }))
      assert.is_nil(status("127.0.0.1", { host = host, origin = "http://" .. host }))
    end)
  end

  for _, host in ipairs {
    "evil.example:8080", "evil.example", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8080?",
    "127.0.0.1.evil.example:8080", "127.0.0.1:8080@evil.example", "me@127.0.0.1:8080",
    "localhost.evil.example:8080", "10.0.0.1:8080", "", "127.0.0.1:8080/x", "[::1", " ",
  } do
    it(("answers 421 to the Host %q"):format(host), function()
      assert.equal(421, status("127.0.0.1", { host = host }))
    end)
  end

  it("answers 421 to a request without a Host", function()
    assert.equal(421, status("127.0.0.1", {}))
  end)

  for _, origin in ipairs {
    "http://evil.example:8080", "https://127.0.0.1:8080", "null", "", "http://127.0.0.1:9090",
    "http://127.0.0.1", "file://", "http://127.0.0.1:8080/path",
  } do
    it(("answers 403 to the Origin %q"):format(origin), function()
      assert.equal(403, status("127.0.0.1", { host = "127.0.0.1:8080", origin = origin }))
    end)
  end

  it("knows a service at every address by any address and by no name", function()
    assert.is_nil(status("0.0.0.0", { host = "192.168.1.7:8080" }))
    assert.is_nil(status("::", { host = "[fe80::1]:8080" }))
    assert.equal(421, status("0.0.0.0", { host = "evil.example:8080" }))
  end)

  it("guards every path of a service, and nothing is made", function()
    local service = client.start()
    finally(function() client.finish(service) end)
    for _, path in ipairs { "/", "/api/v1/chat/credit", "/files/x" } do
      local _, answer = client.get(service, path, { headers = { "Host: evil.example" } })
      assert.equal(421, answer.status)
    end
    local body = '{"model":"sora-2-text-to-video","input":{"prompt":"x"}}'
    local refused, answer = client.request(service, "POST", "/api/v1/jobs/createTask",
      { body = body, headers = { "Origin: http://evil.example" } })
    assert.same({ 403, 403 }, { answer.status, refused.code })
    local _, preflight = client.request(service, "OPTIONS", "/api/v1/jobs/createTask",
      { headers = { "Origin: http://evil.example", "Access-Control-Request-Method: POST" } })
    assert.is_nil(preflight.headers["access-control-allow-origin"])
    local unknown = client.request(service, "POST", "/api/v1/jobs/createTask",
      { body = body, headers = { "Origin: http://evil.example" }, key = " " })
    assert.equal(401, unknown.code)
    assert.equal(100000, client.get(service, "/api/v1/chat/credit").data)
  end)
end)

describe("reel.service without allow_private", function()
  local service

  before_each(function() service = client.start { allow_private = false, render = {
    check_image = function() return "png" end,
  } } end)
  after_each(function() client.finish(service) end)

  it("posts no callback to this machine", function()
    local victim, lines = client.start(), {}
    local talking = client.start { allow_private = false, speed = 1000, log = function(_, text)
      lines[#lines + 1] = text
    end }
    finally(function() client.finish(talking) client.finish(victim) end)
    for _, prompt in ipairs { "a fox", "another fox" } do
      client.finished(talking, prompt, nil, victim.url .. "/done")
    end
    assert.matches("callback 1 of 3", table.concat(lines, "\n"))
    assert.matches("not public", table.concat(lines, "\n"))
  end)

  it("fetches no picture from this machine", function()
    local other = client.start()
    finally(function() client.finish(other) end)
    local link = client.post(other, "/api/file-base64-upload",
      { base64Data = digest.base64("\137PNG"), fileName = "b.png" }).data.downloadUrl
    local data = client.finished(service, { prompt = "x", image_urls = { link } },
      "sora-2-image-to-video")
    assert.equal("fail", data.state)
    assert.matches("image_urls%[1%]: .*public", data.failMsg)
  end)
end)
