-- Polls: what counts as news, the pauses between queries, and what ends them.
local job = require "reel.core" and require "reel.core.job"
local fake = require "support.fake"
local poll = require "reel.core.poll"

local function serve(script)
  local server = fake.start(script)
  finally(function() server:stop() end)
  return server
end

-- A server that answers with each of these bodies, and then with the last one for ever.
local function serve_bodies(...)
  return serve(([[
    local bodies, count = %s, 0
    return function(connection)
      while connection:read() do
        count = math.min(count + 1, #bodies)
        connection:answer(200, bodies[count])
      end
    end]]):format('{ "' .. table.concat({ ... }, '", "') .. '" }'))
end

local function new(server, options)
  options = options or {}
  options.url = options.url or server.url
  options.jitter = options.jitter or 0
  options.first, options.max = options.first or 0, options.max or 0.02
  return assert(poll.new(options))
end

describe("reel.core.poll", function()
  it("asks nothing before the first next()", function()
    local server = serve_bodies "waiting"
    local _ <close> = new(server)
    job.sleep(0.05)
    assert.same({}, server:lines())
  end)

  it("takes the first answer for news", function()
    local news = new(serve_bodies "waiting"):next()
    assert.same({ status = 200, body = "waiting", polls = 1 }, news)
  end)

  it("comes back only when the answer has changed", function()
    local server = serve_bodies("waiting", "waiting", "waiting", "done")
    local each = new(server)
    each:next()
    local news = each:next()
    assert.same({ "done", 3 }, { news.body, news.polls })
    assert.equal(4, #server:requests())
  end)

  it("takes another status with the same body for a change", function()
    local each = new(serve [[
      return function(connection)
        for status = 200, 201 do connection:read() connection:answer(status, "same") end
      end]], { deadline = 5 })
    each:next()
    assert.equal(201, each:next().status)
  end)

  it("takes an equal answer for news once it has forgotten the last", function()
    local each = new(serve_bodies "same", { deadline = 5 })
    each:next()
    each:forget()
    assert.equal("same", each:next().body)
  end)

  it("takes an equal answer for news behind a failure", function()
    local each = new(serve [[
      local count = 0
      return function(connection)
        while connection:read() do
          count = count + 1
          if count == 2 then
            return connection:send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsame")
          end
          connection:answer(200, "same")
        end
      end]], { deadline = 5 })
    each:next()
    assert.equal("transfer", select(2, each:next()))
    assert.equal("same", each:next().body)
  end)

  it("brings a Retry-After along", function()
    local news = new(serve [[
      return function(connection)
        connection:read()
        connection:answer(429, "", "Retry-After: 7\r\nX-Other: 1\r\n")
      end]]):next()
    assert.same({ status = 429, body = "", polls = 1, headers = { ["retry-after"] = "7" } }, news)
  end)

  it("waits longer each time, up to max", function()
    local each = new(serve_bodies("w", "w", "w", "w", "done"), { first = 0.04, factor = 2,
      max = 0.1 })
    local before = job.now()
    each:next()
    assert.equal(4, each:next().polls)
    assert.is_true(job.now() - before >= 0.04 + 0.08 + 0.1 + 0.1 + 0.1)
  end)

  it("goes on with the pause that it is told", function()
    local each = new(serve_bodies("waiting", "done"), { max = 60 })
    each:next()
    local before = job.now()
    assert.equal("done", each:next(0.2).body)
    local took = job.now() - before
    assert.is_true(took >= 0.2 and took < 10, took)
  end)

  it("ends at its deadline between two requests", function()
    local server = serve_bodies "same"
    local each = new(server, { first = 0.05, factor = 1, max = 0.05, deadline = 0.2 })
    each:next()
    local before = job.now()
    local _, word, _, polls = each:next()
    assert.is_true(job.now() - before < 1)
    assert.equal("timeout", word)
    assert.equal(polls, #server:requests() - 1)
    assert.is_true(polls >= 2)
  end)

  it("ends at its deadline in the middle of a request", function()
    local each = new(serve "return function(c) c:read() c:hang() end", { deadline = 0.1 })
    local before = job.now()
    assert.equal("timeout", select(2, each:next()))
    assert.is_true(job.now() - before < 1)
  end)

  it("asks nothing when its deadline has passed", function()
    local server = serve_bodies "x"
    assert.equal("timeout", select(2, new(server, { first = 0.01, deadline = 0 }):next()))
    assert.same({}, server:lines())
  end)

  it("comes back from a failed transfer with the count, and goes on", function()
    local each = new(nil, { url = fake.refusing_url(), first = 0.01 })
    for _ = 1, 2 do
      local news, word, _, polls = each:next()
      assert.same({ nil, "unreachable", 1 }, { news, word, polls })
    end
  end)

  it("is given up when its job is cancelled, asleep or in a request", function()
    local server = serve "return function(c) c:read() c:hang() end"
    local asleep, asking = new(server, { first = 60 }), new(server)
    local jobs = { job.spawn(asleep.next, asleep), job.spawn(asking.next, asking) }
    local deadline = job.now() + 5
    while #server:requests() == 0 and job.now() < deadline do job.sleep(0.01) end
    for _, running in ipairs(jobs) do
      running:cancel()
      assert.is_true(running:join(5))
      assert.equal("cancelled", running.status)
    end
  end)

  it("is waited for by one job at a time", function()
    local each = new(serve_bodies "x", { first = 60 })
    local waiting = job.spawn(each.next, each)
    job.sleep(0)
    assert.has_error(function() each:next() end)
    assert.has_error(function() each:forget() end)
    waiting:cancel()
    waiting:join(5)
  end)

  it("can be closed twice, while a job waits for it, and not used any more", function()
    local each = new(serve_bodies "x", { first = 60 })
    local waiting = job.spawn(each.next, each)
    job.sleep(0)
    each:close()
    each:close()
    waiting:cancel()
    assert.is_true(waiting:join(5))
    assert.has_error(function() each:next() end)
  end)

  it("refuses what no request can be made of", function()
    local nothing, word = poll.new { url = "http://a\n" }
    assert.same({ nil, "invalid" }, { nothing, word })
    assert.has_error(function() poll.new { url = "http://a", first = -1 } end)
    local each <close> = new(serve_bodies "x")
    assert.has_error(function() each:next(-1) end)
    assert.has_error(function() each:next("soon") end)
  end)

  it("wakes 2000 that wait, each once", function()
    local server = serve_bodies "done"
    local jobs = {}
    for i = 1, 2000 do
      local each = new(server, { first = 0.1, jitter = 1 })
      jobs[i] = job.spawn(each.next, each)
    end
    for _, running in ipairs(jobs) do
      assert.is_true(running:join(15))
      assert.equal("done", running:result().body)
    end
    assert.equal(2000, #server:requests())
  end)
end)
