-- Which callbacks the listener accepts, and that a refused callback causes nothing but a line in
-- the log. After each refusal, the vendor's callback is still accepted and wakes the job that
-- waits.
local webhook = require "support.webhook"
local bounded = require "support.bounded"
local job = require "reel.core.job"
local process = require "reel.core.process"
local it_unbounded = it
local it = bounded(it)

local dune <const>, lake <const> = { prompt = "a dune" }, { prompt = "a lake" }
local OTHER <const> = "0123456789abcdef0123456789abcdef"

local function start(options, settings)
  local opened = webhook.start(options or { polls = 0 }, settings)
  finally(function() opened:finish() end)
  return opened
end

local function count_callbacks(opened)
  return opened:rows("SELECT count(*) AS n FROM inbox")[1].n
end

-- Checks that the vendor's callback is accepted and wakes the job that waits for its task.
local function assert_wakes(opened, task)
  local waiting = job.spawn(task.wait, task)
  assert.is_false(waiting:join(0.05))
  assert.equal(200, (opened:deliver(1)))
  assert.is_true(waiting:join(1), "the job did not go on within a second")
  assert.equal("success", task.state)
end

describe("a callback", function()
  it("is answered as the vendor wants it, once it is on the disk", function()
    local opened = start()
    local task = opened.reel.text_to_video(dune)
    assert.same({ 200, '{"code":200,"msg":"success"}' }, { opened:deliver(1) })
    local row = opened:rows("SELECT nonce, task_id FROM inbox")[1]
    assert.same({ select(2, opened:task(1)), task.id }, { row.nonce, row.task_id })
  end)

  it("may name its task as the vendor's samples do", function()
    local opened = start()
    local task = opened.reel.text_to_video(dune)
    assert.equal(200, (opened:deliver(1, { body = ('{"data":{"taskId":null,"task_id":"%s"}}')
      :format(task.id) })))
    assert.equal(1, count_callbacks(opened))
  end)

  it("needs no signature without a webhook key, nor a body that can be read", function()
    local opened = start(nil, { webhook_key = false })
    local task = opened.reel.text_to_video(dune)
    local waiting = job.spawn(task.wait, task)
    assert.equal(200, (opened:deliver(1, { key = false, body = "hello" })))
    assert.is_true(waiting:join(1))
  end)

  for _, path in ipairs { "/NONCE", "/a/b/c/NONCE" } do
    it("may arrive at " .. path, function()
      local opened = start()
      opened.reel.text_to_video(dune)
      local _, nonce = opened:task(1)
      assert.equal(200, (opened:deliver(1, { path = path:gsub("NONCE", nonce) })))
    end)
  end

  local now <const> = os.time()
  -- what is different about it -> status, words of the log
  local faults <const> = {
    { "forged with another key", { key = "guessed" }, 403, "its signature is wrong" },
    { "without a signature", { key = false }, 403, "it is not signed" },
    { "that is stale", { timestamp = tostring(now - 310) }, 403, "it is stale" },
    { "from the future", { timestamp = tostring(now + 1000) }, 403, "it is stale" },
    { "with a time that is no number", { timestamp = "0x10" }, 403, "it is not signed" },
    { "with an unknown nonce", { nonce = OTHER }, 404, "its nonce is unknown" },
    { "without a nonce", { path = "/hooks/reel/" }, 404, "its path has no nonce" },
    { "with half a nonce", { nonce = OTHER:sub(17) }, 404, "its path has no nonce" },
    { "with SQL for a nonce", { path = "/hooks/'%20OR%201=1--" }, 404, "its path has no nonce" },
    { "for another task", { id = "another" }, 403, "it names another task" },
    { "by GET", { method = "GET", body = "" }, 405, "it is not a POST" },
    { "by PUT", { method = "PUT" }, 405, "it is not a POST" },
    { "that is no JSON", { body = "taskId" }, 403, "it is not signed" },
    { "whose task is no text", { body = '{"data":{"taskId":{"a":1}}}' }, 403, "not signed" },
    { "that nests without end", { body = ('{"data":'):rep(1000) }, 403, "it is not signed" },
    { "that is oversized", { body = (" "):rep(256 * 1024 + 1) }, 413 },
  }
  for _, fault in ipairs(faults) do
    it(fault[1] .. " is refused", function()
      local opened = start()
      local task = opened.reel.text_to_video(dune)
      assert.equal(fault[3], (opened:deliver(1, fault[2])))
      assert.equal(fault[4] and 1 or 0, opened:count_lines("was refused: .*" .. (fault[4] or "")))
      assert.same({ 0, 0 }, { count_callbacks(opened), opened.service:count "record" })
      assert.equal("waiting", task.state)
      assert_wakes(opened, task)
    end)
  end

  for _, age in ipairs { -290, 290 } do
    it(("is good %d seconds off"):format(age), function()
      local opened = start()
      opened.reel.text_to_video(dune)
      assert.equal(200, (opened:deliver(1, { timestamp = tostring(os.time() + age) })))
    end)
  end

  it("replayed with another body achieves what the record says", function()
    local opened = start()
    local task = opened.reel.text_to_video(dune)
    local waiting = job.spawn(task.wait, task)
    assert.equal(200, (opened:deliver(1, { data = { state = "fail", failMsg = "forged",
      resultJson = '{"resultUrls":["http://evil.example/x.mp4"]}' } })))
    assert.is_true(waiting:join(1))
    assert.same({ "success", 1 }, { task.state, #task.urls })
    assert.matches("^" .. opened.service.url, task.urls[1])
  end)

  it("replayed at another attempt is refused", function()
    local opened = start()
    local first = opened.reel.text_to_video(dune)
    opened.reel.text_to_video(lake)
    local _, nonce = opened:task(2)
    assert.equal(403, (opened:deliver(1, { nonce = nonce })))
    assert.equal(0, count_callbacks(opened))
    assert_wakes(opened, first)
  end)

  it("that comes a hundred times counts once", function()
    local opened = start { polls = 0 }
    local task = opened.reel.text_to_video(dune)
    local deliveries = {}
    for i = 1, 100 do
      deliveries[i] = job.spawn(function() return (opened:deliver(1)) end)
    end
    for _, delivery in ipairs(deliveries) do
      assert.is_true(delivery:join(8))
      assert.equal(200, delivery:result())
    end
    assert.equal("success", task:wait().state)
    assert.equal(1, count_callbacks(opened))
    assert.equal(1, opened.service:count "record")
    assert.equal(200, (opened:deliver(1))) -- late: the end of the task is known
    assert.equal(1, count_callbacks(opened))
  end)

  it("of an attempt that was never sent is refused", function()
    local opened = start()
    local task = opened.reel.text_to_video(dune)
    opened:rows("INSERT INTO call(project, origin, key_kind, key, take, model, input_sha256,"
      .. " first_run, last_run, created_ms)"
      .. " VALUES('p', 'o', 'content', 'k', 1, 'm', 'i', 'r', 'r', 1)")
    opened:rows("INSERT INTO attempt(call_id, n, run, nonce, body_sha256, origin, state)"
      .. " SELECT 2, 1, run, ?1, 'b', 'o', 'intent' FROM run", OTHER)
    assert.equal(404, (opened:deliver(1, { nonce = OTHER })))
    assert_wakes(opened, task)
  end)

  it("fills neither the journal nor the log, however often it is forged", function()
    local opened = start()
    local task = opened.reel.text_to_video(dune)
    for i = 1, 40 do
      opened:deliver(1, { key = "guess " .. i })
      opened:deliver(1, { nonce = OTHER })
    end
    assert.same({ 0, 2 }, { count_callbacks(opened), opened:count_lines("callback was refused") })
    assert_wakes(opened, task)
  end)

  it("with the nonce but without a key to check names at most sixteen tasks", function()
    local opened = start({ create = { "reset" } }, { webhook_key = false })
    local making = job.spawn(pcall, opened.reel.text_to_video, dune)
    opened:wait_for_state(1, "ambiguous")
    for i = 1, 20 do assert.equal(200, (opened:deliver(1, { id = "guess" .. i }))) end
    assert.equal(16, count_callbacks(opened))
    making:cancel()
  end)
end)

-- Runs a Lua client in another process, with `connect(n)`, and returns its pipe.
local function crowd(opened, code)
  local prelude = [[
    local socket = require "socket"
    local clients = {}
    local function connect(n)
      for i = 1, n do
        clients[i] = socket.tcp()
        clients[i]:settimeout(0)
        clients[i]:connect("127.0.0.1", %d)
      end
    end
    local deadline = socket.gettime() + 20
  ]]
  local port = opened:url():match(":(%d+)$")
  return job.spawn(process.run, {
    argv = { "lua5.4", "-e", prelude:format(port) .. code }, timeout = 25,
  })
end

describe("the listener", function()
  it_unbounded("is there for an honest callback beside a thousand connections", function()
    local opened = start()
    local task = opened.reel.text_to_video(dune)
    local waiting = job.spawn(task.wait, task)
    local others = crowd(opened, [[
      connect(1000)
      socket.sleep(12)
    ]])
    assert.is_false(waiting:join(0.5))
    local began = job.now()
    assert.equal(200, (opened:deliver(1)))
    assert.is_true(waiting:join(2))
    assert.is_true(job.now() - began < 12, job.now() - began)
    others:cancel()
    assert.is_true(others:join(5))
  end)

  it_unbounded("cuts clients that send byte by byte, and hears others meanwhile", function()
    local opened = start()
    local task = opened.reel.text_to_video(dune)
    local slow = crowd(opened, [[
      connect(2)
      socket.sleep(0.2)
      local begun, took = socket.gettime(), {}
      clients[1]:send("POST /x HTTP/1.1\r\n")
      clients[2]:send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n")
      while not (took[1] and took[2]) and socket.gettime() < deadline do
        socket.sleep(0.1)
        for i = 1, 2 do
          local sent = clients[i]:send("X")
          local _, why = clients[i]:receive(1)
          if not took[i] and (not sent or why == "closed") then
            took[i] = socket.gettime() - begun
          end
        end
      end
      print(took[1], took[2])
    ]])
    assert_wakes(opened, task)
    assert.is_true(slow:join(24))
    local header, body = slow:result().stdout:match("^(%S+)%s+(%S+)")
    assert.is_true(tonumber(header) > 4 and tonumber(header) < 7, header)
    assert.is_true(tonumber(body) > 9 and tonumber(body) < 12, body)
    assert.equal(0, count_callbacks(opened) - 1)
  end)

  it("is where callback_listen says, and nowhere without callback_url", function()
    local opened = start(nil, { callback_url = false })
    opened.reel.text_to_video(dune)
    assert.has_error(function() opened:url() end)
    local _, _, url = opened:task(1)
    assert.is_nil(url)
  end)

  it("is on loopback unless told otherwise", function()
    local opened = start()
    opened.reel.text_to_video(dune)
    assert.matches("^http://127%.0%.0%.1:%d+$", opened:url())
  end)

  it("refuses an address that it cannot have, before anything is sent", function()
    local opened = start(nil, { callback_listen = "example.com:80" })
    local ok, err = pcall(opened.reel.text_to_video, dune)
    assert.same({ false, "config" }, { ok, err.kind })
    assert.matches("example.com:80", err.message)
    assert.equal(0, opened.service:count "create")
  end)
end)
