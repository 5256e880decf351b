require "reel.core"
local client = require "support.service_client"
local http = require "reel.core.http"
local outcomes = require "reel.service.outcomes"

describe("reel.service outcomes", function()
  local service
  setup(function() service = client.start() end)
  teardown(function() client.finish(service) end)

  for _, entry in ipairs {
    { "[paused]", 500 }, { "[error]", 500 }, { "[maintenance]", 455 }, { "[credits]", 402 },
  } do
    local word, code = table.unpack(entry)
    it(("answer %d to %s, each time"):format(code, word), function()
      assert.equal(code, client.create(service, "a fox " .. word).code)
      assert.equal(code, client.create(service, "a fox " .. word).code)
    end)
  end

  it("use the live service's words for a pause", function()
    assert.equal("This interface is temporarily paused", client.create(service, "[paused]").msg)
  end)

  it("answer 429 to [rate] once", function()
    assert.equal(429, client.create(service, "a fox [rate]").code)
    assert.equal(200, client.create(service, "a fox [rate]").code)
    assert.equal(429, client.create(service, "an owl [rate]").code)
  end)

  for _, entry in ipairs {
    { "[fail]", "500" }, { "[fail moderation]", "400" }, { "[fail copyright]", "400" },
  } do
    local word, fail_code = table.unpack(entry)
    it("let a task with " .. word .. " fail later", function()
      local data = client.finished(service, "a fox " .. word)
      assert.equal("fail", data.state)
      assert.equal(fail_code, data.failCode)
      assert.is_string(data.failMsg)
      assert.equal("", data.resultJson)
    end)
  end

  it("make a [slow] task five times slower", function()
    local quick = client.finished(service, "a fox")
    local slow = client.finished(service, "a fox [slow]")
    assert.is_true(slow.costTime > 3 * quick.costTime)
  end)

  it("are listed on the front page, which says what this is", function()
    local answer = assert(http.request { url = service.url .. "/", timeout = 10 })
    assert.equal(200, answer.status)
    assert.matches("previews, not Sora", answer.body)
    for _, outcome in ipairs(outcomes.list) do
      assert.truthy(answer.body:find(outcome.word, 1, true))
    end
  end)
end)
