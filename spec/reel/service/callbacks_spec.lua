require "reel.core"
local callbacks = require "reel.service.callbacks"
local client = require "support.service_client"
local digest = require "reel.core.digest"
local job = require "reel.core.job"
local json = require "reel.base.json"
local server = require "reel.core.server"

-- A listener that answers each callback with the next status of the list, and keeps them all.
local function start_listener(statuses)
  local listener = assert(server.listen { host = "127.0.0.1", port = 0 })
  local received, signal = {}, job.signal()
  job.spawn(function()
    while true do
      local request = listener:accept()
      if not request then return end
      received[#received + 1] = { body = json.decode(request.body), headers = request.headers,
        method = request.method }
      request:respond { status = statuses[#received] or 200, body = "{}" }
      signal:fire()
    end
  end)
  local function wait_for(count)
    while #received < count do
      assert(signal:wait(10), "no callback came")
    end
    return received[count]
  end
  return {
    received = received, wait_for = wait_for,
    url = ("http://127.0.0.1:%d/done"):format(listener.port),
    close = function() listener:close() end,
  }
end

describe("reel.service callbacks", function()
  local service, listener

  local function start(options, statuses)
    service, listener = client.start(options), start_listener(statuses or {})
  end

  after_each(function()
    client.finish(service)
    listener.close()
  end)

  it("carry the record itself", function()
    start()
    local id = client.task(service, "a fox", nil, listener.url)
    local callback = listener.wait_for(1)
    assert.equal("POST", callback.method)
    assert.same(client.record(service, id), callback.body)
    assert.equal("success", callback.body.data.state)
    assert.is_nil(callback.headers["x-webhook-signature"])
  end)

  it("have the code 501 when the task failed", function()
    start()
    client.task(service, "[fail]", nil, listener.url)
    local callback = listener.wait_for(1)
    assert.equal(501, callback.body.code)
    assert.equal("fail", callback.body.data.state)
  end)

  it("are signed when a webhook key is set", function()
    start { webhook_key = "hook" }
    local id = client.task(service, "a fox", nil, listener.url)
    local headers = listener.wait_for(1).headers
    local timestamp = headers["x-webhook-timestamp"]
    assert.is_true(math.abs(os.time() - timestamp) < 60)
    assert.equal(digest.base64(digest.hmac_sha256("hook", id .. "." .. timestamp)),
      headers["x-webhook-signature"])
  end)

  it("are tried again until one is taken, three times at most", function()
    start({}, { 500, 302, 503, 200 })
    client.task(service, "a fox", nil, listener.url)
    listener.wait_for(3)
    client.finished(service, "a later one")
    client.finished(service, "another")
    assert.equal(3, #listener.received)
  end)

  it("stop at the first that is taken", function()
    start({}, { 500, 204 })
    client.task(service, "a fox", nil, listener.url)
    listener.wait_for(2)
    client.finished(service, "a later one")
    assert.equal(2, #listener.received)
  end)
end)

describe("reel.service.callbacks sign", function()
  it("agrees with the vendor's vectors", function()
    assert.equal("O0bOn9sb0C2QhDtD6ZUaJ2MGqmuX40r5YdfgsnkgFiE=",
      callbacks.sign("ee603959debb48d198c4a6d1c717eba6", "1761471745", "test-webhook-key"))
    assert.equal("iJNxN/58stMB9Uk4buG7dvnG74bQt3ec4OqhF56IZY4=",
      callbacks.sign("task_12345678", "1700000000", "secret"))
  end)
end)
