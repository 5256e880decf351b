-- What a create does when the answer is not what one hopes for. Each of these is about money: how
-- often the request was sent, and what the script is told.
local clock = require "support.clock"
local failure = require "support.failure"
local fake = require "support.fake"
local fresh_reel = require "support.fresh_reel"
local job = require "reel.core" and require "reel.core.job"
local vendor = require "support.vendor"

local it = require "support.bounded"(it)
local start = require "support.with_vendor"(function(stop) finally(stop) end)
local wait_until = require "support.wait_until"

local dune <const> = { prompt = "a dune" }

-- The kind of error that ends a call in the pause after its first try, so many seconds later.
local function failure_in_pause(messages, seconds, ...)
  local running = job.spawn(failure, ...)
  wait_until(function() return #messages > 0 end)
  clock.advance(seconds)
  running:join()
  return running:result().kind
end

local function retries()
  local messages = {}
  require("reel.base.events").subscribe(function(event)
    if event.type == "retry" then messages[#messages + 1] = event.message end
  end)
  return messages
end

describe("a create", function()
  local ambiguous <const> = {
    "reset", "close", "cut_status", "cut_headers", "cut_body", "cut_chunked",
    "cut_close_delimited", "html_502", "html_200", "empty_200", "truncated_json", "no_task_id",
    "expect_417", "redirect_301", "redirect_307", "code_500", "code_501", "code_505", "code_999",
  }
  for _, fault in ipairs(ambiguous) do
    it("is sent once and is ambiguous after " .. fault, function()
      local reel, service = start { create = { fault } }
      reel.credits() -- a warmed connection is there to be misused
      local err = failure(reel.text_to_video, dune)
      assert.same({ "ambiguous", "maybe", false }, { err.kind, err.billed, err.retryable })
      assert.equal("ambiguous", failure(reel.text_to_video, dune).kind)
      assert.equal(1, service:count "create")
    end)
  end

  it("tells of a task that came with a code other than 200", function()
    local reel = start { create = { function(connection)
      connection:answer(200, '{"code":500,"msg":"odd","data":{"taskId":"task-odd"}}')
    end } }
    local last
    require("reel.base.log").set_sink(function(_, text) last = text end)
    assert.equal("task-odd", reel.text_to_video(dune).id)
    assert.equal("task task-odd was accepted with code 500 (odd)", last)
  end)

  it("does not use a connection that was used before", function()
    local reel, service = start { create = { function(connection, request, service)
      service:accept(request)
      connection:reset()
    end } }
    reel.credits()
    failure(reel.text_to_video, dune)
    reel.credits()
    local connections = {}
    for i, request in ipairs(service:requests()) do connections[i] = request.connection end
    assert.same({ 1, 2, 1 }, connections)
    assert.equal(1, #service:ledger())
  end)

  it("does not follow a redirect, and keeps the key from where it leads", function()
    local other = vendor.start()
    finally(function() other:stop() end)
    for _, fault in ipairs { "redirect_301", "redirect_307" } do
      local reel, service = start { create = { fault }, redirect_to = other.url }
      assert.equal("ambiguous", failure(reel.text_to_video, dune).kind)
      assert.equal(1, service:count "create")
    end
    assert.same({}, other:requests())
  end)

  it("is ambiguous when it never gets an answer", function()
    local reel, service = start { create = { "hang" } }
    assert.equal("timeout", failure(reel.text_to_video, dune, { timeout = 0.2 }).kind)
    service:stop()
    assert.equal("ambiguous", failure(reel.text_to_video, dune).kind)
    assert.equal(1, service:count "create")
    assert.equal(1, #service:ledger())
  end)

  it("takes a task id for what it is, whatever the code", function()
    for _, fault in ipairs { "code_string", { accept = true, body =
      '{"code":500,"msg":"odd","data":{"taskId":"0123abcd"}}' } } do
      local reel, service = start { create = { fault } }
      assert.matches("^%x+$", reel.text_to_video(dune).id)
      assert.equal(1, service:count "create")
    end
  end)

  it("is ambiguous when the id is one of another call", function()
    local reel, service = start { create = { "ok", "same_task_id" } }
    local task = reel.text_to_video(dune)
    local err = failure(reel.text_to_video, { prompt = "a lake" })
    assert.equal("ambiguous", err.kind)
    assert.matches(task.id, err.message)
    assert.equal(2, service:count "create")
  end)

  local refusals <const> = {
    { "code_400", kind = "rejected" },
    { "code_401", kind = "auth" },
    { "code_402", kind = "credits" },
    { "code_404", kind = "rejected" },
    { "code_422", kind = "rejected" },
    { "code_433", kind = "credits" },
    { "code_455", kind = "paused" },
    { { code = 500, msg = "This field is required" }, kind = "rejected" },
    { { code = 500, msg = "This interface is temporarily paused" }, kind = "paused" },
    { { code = 500, msg = "Credits insufficient" }, kind = "credits" },
    { { status = 402, code = 402, msg = "a real status" }, kind = "credits" },
    { { status = 422, body = '{"message":"on an old page"}' }, kind = "rejected" },
  }
  for _, refusal in ipairs(refusals) do
    local item = refusal[1]
    local name = type(item) == "string" and item
      or ("%d %s"):format(item.status or item.code, item.msg or item.body)
    it(("raises %s after %s, and may be made again"):format(refusal.kind, name), function()
      local reel, service = start { create = { item } }
      local err = failure(reel.text_to_video, dune)
      assert.same({ refusal.kind, "no" }, { err.kind, err.billed })
      assert.equal(1, service:count "create")
      assert.same({}, service:ledger())
      reel.text_to_video(dune)
      assert.equal(1, #service:ledger())
    end)
  end

  it("names the model and the way around when the model is paused", function()
    local reel = start { create = { {
      code = 500, msg = "This interface is temporarily paused" } } }
    local err = failure(reel.text_to_video, dune)
    assert.matches("sora%-2%-text%-to%-video", err.message)
    assert.matches("%-%-local", err.message)
  end)

  it("tells the vendor's code, status and words", function()
    local reel = start { create = { { status = 402, code = 402, msg = "no credits today" } } }
    local err = failure(reel.text_to_video, dune)
    assert.same({ 402, 402 }, { err.code, err.http_status })
    assert.matches("no credits today", err.message)
  end)

  it("is sent again after a 429, when the vendor says so", function()
    local reel, service = start { create = { { code = 429, headers = "Retry-After: 1\r\n" } } }
    local messages, began = retries(), job.now()
    assert.equal("waiting", reel.text_to_video(dune).state)
    assert.is_true(job.now() - began >= 1)
    assert.equal(2, service:count "create")
    assert.equal(1, #service:ledger())
    assert.equal(1, #messages)
  end)

  it("waits for a whole window after a 429 that does not say how long", function()
    local reel, service = start { create = { always = "code_429" } }
    local messages = retries()
    assert.equal("timeout", failure_in_pause(messages, 5, reel.text_to_video, dune,
      { timeout = 5 }))
    assert.equal(1, service:count "create")
    assert.matches("next try in 10 s", messages[1])
  end)

  it("is tried once more, after a pause, when the edge refuses it", function()
    local reel, service = start { create = { "html_403" } }
    local messages = retries()
    assert.equal("timeout", failure_in_pause(messages, 5, reel.text_to_video, dune,
      { timeout = 5 }))
    assert.equal(1, service:count "create")
    assert.same({}, service:ledger())
    assert.matches("1010.*next try", messages[1])
  end)

  it("is tried on while nobody listens, and nothing was sent", function()
    local reel = fresh_reel { base_url = fake.refusing_url(), api_key = "k", journal = "none" }
    local messages = retries()
    assert.equal("timeout", failure_in_pause(messages, 0.9, reel.timeout, 0.9, reel.text_to_video,
      dune))
    assert.equal(1, #messages)
    assert.matches("onnect.*next try in 1 s", messages[1])
  end)

  -- What is in a window has left; it may have to arrive.
  local function assert_sent(service, count)
    service:wait_for("create", count)
    assert.equal(count, service:count "create")
  end

  -- Calls fn while so many calls wait for the rate, for each of the numbers; a minute passes then.
  local function at_full_windows(numbers, fn)
    local sleep, waiting = job.sleep, 0
    finally(function() job.sleep = sleep end)
    function job.sleep(seconds)
      local is_long = seconds > 30
      waiting = waiting + (is_long and 1 or 0)
      sleep(seconds)
      waiting = waiting - (is_long and 1 or 0)
    end
    for window, number in ipairs(numbers) do
      wait_until(function() return waiting == number end)
      fn(window)
      clock.advance(60.1)
    end
  end

  it("lets calls in line wait for the rate without a connection of their own", function()
    local reel, service = start(nil, { create_rate = "5/60" })
    local places = {}
    for i = 1, 30 do places[i] = i end
    local all = reel.spawn(reel.map, places, function(i)
      return reel.text_to_video { prompt = "shot " .. i }
    end)
    at_full_windows({ 4, 4, 4, 4, 4 }, function(window)
      assert_sent(service, 5 * window)
    end)
    all:wait()
    local last = 0
    for _, request in ipairs(service:requests("create")) do
      last = math.max(last, request.connection)
    end
    -- Each create, and each of the four slots once for every full window.
    assert.is_true(last <= 30 + 4 * 5, last .. " connections for 30 creates")
  end)

  it("is sent no more often than create_rate says", function()
    local reel, service = start(nil, { create_rate = "2/60" })
    local all = reel.spawn(reel.map, { "1", "2", "3", "4", "5" }, function(prompt)
      return reel.text_to_video { prompt = prompt }
    end)
    at_full_windows({ 3, 1 }, function(window)
      assert_sent(service, 2 * window)
    end)
    all:wait()
    assert.equal(5, #service:ledger())
  end)

  it("shares the wire with no more than create_parallel says", function()
    local reel, service = start({ create = { always = function(connection, request, service)
      service.open = (service.open or 0) + 1
      connection:note(tostring(service.open))
      connection:sleep(0.05)
      service.open = service.open - 1
      local id = service:accept(request)
      connection:answer(200, '{"code":200,"data":{"taskId":"' .. id .. '"}}')
    end } }, { create_parallel = 2 })
    reel.map({ "1", "2", "3", "4", "5" }, function(prompt)
      return reel.text_to_video { prompt = prompt }
    end)
    local most = 0
    for _, entry in ipairs(service.server:notes()) do
      most = math.max(most, math.tointeger(entry.note))
    end
    assert.equal(2, most)
  end)
end)
