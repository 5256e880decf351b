local job = require "reel.core" and require "reel.core.job"
local http = require "reel.core.http"
local sender = require "reel.core.sender"
local fake = require "support.fake"
local wait_until = require "support.wait_until"

local function serve(script)
  local server = fake.start(script)
  finally(function() server:stop() end)
  return server
end

local function post(server, options)
  options = options or {}
  options.url = server.url .. "/create"
  options.body = options.body or '{"a":1}'
  return sender.post(options)
end

local function pick(result)
  return { sent = result.sent, sends = result.sends, status = result.status, body = result.body,
    error = result.error }
end

describe("reel.core.sender", function()
  it("returns the answer of whatever status", function()
    local server = serve [[
      return function(c) c:read() c:answer(455, "no", "Retry-After: 7\r\n") end]]
    local result = post(server, { headers = { "Content-Type: application/json" } })
    assert.same({ sent = true, sends = 1, status = 455, body = "no", curl_code = 0, retry_after = 7,
      headers = { ["retry-after"] = "7", ["content-length"] = "2" } }, result)
    local request = server:requests()[1]
    assert.same({ "POST", "/create", '{"a":1}' }, { request.method, request.target, request.body })
  end)

  it("neither takes a kept connection nor keeps one", function()
    local server = serve [[
      return function(c) while c:read() do c:answer(200, "") end end]]
    http.request { url = server.url }
    post(server)
    post(server)
    http.request { url = server.url }
    local connections = {}
    for i, request in ipairs(server:requests()) do connections[i] = request.connection end
    assert.same({ 1, 2, 3, 1 }, connections)
  end)

  -- What libcurl does by itself about a POST: all of these must leave exactly one on the wire.
  local faults = {
    { "a reset after the request was read", {
      script = "return function(c) c:read() c:reset() end",
      result = { sent = true, sends = 1, status = 0, body = "", error = "transfer" },
    } },
    { "a close after the request was read", {
      script = "return function(c) c:read() end",
      result = { sent = true, sends = 1, status = 0, body = "", error = "transfer" },
    } },
    { "a redirect that keeps the method", {
      script = [[return function(c) c:read() c:answer(307, "", "Location: /again\r\n") end]],
      result = { sent = true, sends = 1, status = 307, body = "" },
    } },
    { "a redirect", {
      script = [[return function(c) c:read() c:answer(301, "", "Location: /again\r\n") end]],
      result = { sent = true, sends = 1, status = 301, body = "" },
    } },
    { "an expectation that failed", {
      script = [[return function(c) c:read() c:answer(417, "") end]],
      result = { sent = true, sends = 1, status = 417, body = "" },
    } },
    { "a request for credentials", {
      script = [[return function(c)
        c:read() c:answer(401, "", "WWW-Authenticate: Basic realm=x\r\n")
      end]],
      result = { sent = true, sends = 1, status = 401, body = "" },
    } },
    { "a hang", {
      script = "return function(c) c:read() c:hang() end",
      result = { sent = true, sends = 1, status = 0, body = "", error = "timeout" },
    } },
    { "a cut status line", {
      script = [[return function(c) c:read() c:send "HTTP/1.1 20" end]],
      result = { sent = true, sends = 1, error = "transfer" },
    } },
    { "cut headers", {
      script = [[return function(c) c:read() c:send "HTTP/1.1 200 OK\r\nX-A: 1\r\n" end]],
      result = { sent = true, sends = 1, status = 200, body = "", error = "transfer" },
    } },
    { "a cut body", {
      script = [[return function(c)
        c:read() c:send "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"
      end]],
      result = { sent = true, sends = 1, status = 200, body = "cut", error = "transfer" },
    } },
  }
  for _, entry in ipairs(faults) do
    local name, fault = table.unpack(entry)
    it("sends one POST when it meets " .. name, function()
      local server = serve(fault.script)
      local result = pick(post(server, { timeout = 0.5 }))
      for field, value in pairs(fault.result) do assert.equal(value, result[field], field) end
      assert.equal(fault.result.error, result.error)
      assert.same({ "POST /create" }, server:lines())
    end)
  end

  it("sends one POST when a warmed connection would have closed", function()
    local server = serve [[
      return function(c, n)
        c:read()
        c:answer(200, "")
        if c:read() then return end -- closes without an answer
      end]]
    http.request { url = server.url .. "/warm" }
    local result = post(server)
    assert.same({ true, 1 }, { result.sent, result.sends })
    assert.same({ "GET /warm", "POST /create" }, server:lines())
  end)

  it("caps the answer, chunked ones too", function()
    local server = serve [[
      return function(c)
        c:read()
        c:send "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n"
        c:send "hello \r\n5\r\nworld\r\n0\r\n\r\n"
      end]]
    local result = post(server, { max_body = 10 })
    assert.same({ true, 200, "too_large" }, { result.sent, result.status, result.error })
  end)

  it("keeps 1 MiB of an answer at most, whatever is allowed", function()
    local server = serve [[return function(c) c:read() c:answer(200, ("x"):rep(2 ^ 21)) end]]
    local result = post(server, { max_body = 2 ^ 30 })
    assert.same({ true, "too_large" }, { result.sent, result.error })
    assert.is_true(#result.body <= 2 ^ 20)
  end)

  it("knows that nothing was sent when nobody listens", function()
    local result = sender.post { url = fake.refusing_url(), body = "x" }
    assert.same({ sent = false, sends = 0, status = 0, body = "", error = "unreachable" },
      pick(result))
    assert.equal(7, result.curl_code)
    assert.matches("connect", result.message)
  end)

  it("knows that nothing was sent when the name is unknown or TLS fails", function()
    local server = serve [[return function(c) c:send "plain" end]]
    for _, url in ipairs { "http://nobody.invalid/", (server.url:gsub("^http", "https")) } do
      local result = sender.post { url = url, body = "x", timeout = 5 }
      assert.same({ false, 0, "unreachable" }, { result.sent, result.sends, result.error })
    end
  end)

  it("refuses control bytes before anything is sent", function()
    local result, word = sender.post { url = fake.refusing_url(), headers = { "A: b\nC: d" } }
    assert.same({ nil, "invalid" }, { result, word })
  end)

  it("sends four at once, the others in their order", function()
    local server = serve [[
      local open, most = 0, 0
      return function(c)
        open = open + 1
        most = math.max(most, open)
        c:read()
        c:sleep(0.03)
        c:answer(200, tostring(most))
        open = open - 1
      end]]
    local jobs, most, bodies = {}, 0, {}
    for i = 1, 12 do jobs[i] = job.spawn(post, server, { body = tostring(i) }) end
    for _, running in ipairs(jobs) do
      assert.is_true(running:join(5))
      most = math.max(most, tonumber(running:result().body))
    end
    assert.equal(4, most)
    for i, request in ipairs(server:requests()) do bodies[(i - 1) // 4 + 1] =
      (bodies[(i - 1) // 4 + 1] or 0) + tonumber(request.body) end
    assert.same({ 1 + 2 + 3 + 4, 5 + 6 + 7 + 8, 9 + 10 + 11 + 12 }, bodies)
  end)

  it("finishes a send whose job was cancelled", function()
    local server = serve [[
      local state
      return function(c, n)
        c:read()
        if n == 1 then
          c:sleep(0.1)
          state = select(2, c.socket:receive(1)) -- "closed" if the client had given up
        end
        while not state do c:sleep(0.01) end
        c:answer(200, state)
      end]]
    local running = job.spawn(post, server)
    wait_until(function() return #server:requests() > 0 end)
    running:cancel()
    assert.is_true(running:join(5))
    assert.equal("cancelled", running.status)
    assert.equal("timeout", post(server).body)
  end)
end)
