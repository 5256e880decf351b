require "reel.core"
local client = require "support.service_client"
local json = require "reel.base.json"
local http = require "reel.core.http"

local function request_without_key(service, path, headers)
  local answer = assert(http.request { url = service.url .. path, headers = headers, timeout = 10 })
  return json.decode(answer.body)
end

describe("reel.service account", function()
  local service
  after_each(function() client.finish(service) end)

  it("answers 401 without a Bearer token", function()
    service = client.start()
    for _, headers in ipairs { {}, { "Authorization: Basic abc" }, { "Authorization: Bearer " } } do
      for _, path in ipairs { "/api/v1/chat/credit", "/api/v1/jobs/recordInfo?taskId=x" } do
        assert.equal(401, request_without_key(service, path, headers).code)
      end
    end
  end)

  it("takes any token while no key is set, and only the key when one is", function()
    service = client.start()
    assert.equal(200, client.get(service, "/api/v1/chat/credit", { key = "anything" }).code)
    client.finish(service)

    service = client.start { key = "secret" }
    assert.equal(401, client.get(service, "/api/v1/chat/credit", { key = "anything" }).code)
    assert.equal(200, client.get(service, "/api/v1/chat/credit", { key = "secret" }).code)
  end)

  it("shows the credits fall with each task and come back when it fails", function()
    service = client.start { credits = 100.5 }
    local function credits()
      return client.get(service, "/api/v1/chat/credit").data
    end
    assert.equal(100.5, credits())
    client.finished(service, { prompt = "x", n_frames = "15" })
    assert.equal(65.5, credits())
    local data = client.finished(service, "[fail]")
    assert.equal(0, data.creditsConsumed)
    assert.equal(65.5, credits())
  end)

  it("answers 402 when the credits do not suffice", function()
    service = client.start { credits = 29 }
    local answer = client.create(service, "x")
    assert.equal(402, answer.code)
    assert.matches("^Credits insufficient", answer.msg)
    assert.equal(200, client.create(service, { video_url = "https://sora.chatgpt.com/p/1" },
      "sora-watermark-remover").code)
  end)

  it("rejects more than 20 creates in 10 s, and no queries", function()
    service = client.start { rate = 20 }
    for _ = 1, 20 do
      assert.equal(200, client.create(service, "x").code)
    end
    local answer = client.create(service, "x")
    assert.equal(429, answer.code)
    assert.equal(200, client.get(service, "/api/v1/chat/credit").code)
  end)

  it("does not count refused creates against the rate", function()
    service = client.start { rate = 1 }
    assert.equal(422, client.create(service, {}).code)
    assert.equal(200, client.create(service, "x").code)
    assert.equal(429, client.create(service, "x").code)
  end)
end)
