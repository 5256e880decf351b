-- Polls: which answers they return, the pauses between their requests, and what ends them.
local job = require "reel.core" and require "reel.core.job"
local canonical_json = require "reel.base.canonical_json"
local clock = require "support.clock"
local fake = require "support.fake"
local http = require "reel.core.http"
local json = require "reel.base.json"
local poll = require "reel.core.poll"
local wait_until = require "support.wait_until"

local function serve(script)
  local server = fake.start(script)
  finally(function() server:stop() end)
  return server
end

-- A server that answers with these bodies in turn, and then always with the last one.
local function serve_bodies(...)
  return serve(([[
    local bodies, count = %s, 0
    return function(connection)
      while connection:read() do
        count = math.min(count + 1, #bodies)
        connection:answer(200, bodies[count])
      end
    end]]):format("{ " .. ("%q, "):rep(select("#", ...)):format(...) .. "}"))
end

local function new(server, options)
  options = options or {}
  options.url = options.url or server.url
  options.jitter = options.jitter or 0
  options.first, options.max = options.first or 0, options.max or 0.02
  return assert(poll.new(options))
end

describe("reel.core.poll", function()
  it("counts its pause from the call, although the I/O thread starts it later", function()
    local each, ended = new(serve_bodies "x", { first = 0.5 }), {}
    local function note(name, fn, ...)
      local running = job.spawn(fn, ...)
      job.spawn(function()
        running:join()
        ended[#ended + 1] = name
      end)
      return running
    end
    -- The I/O thread must have no earlier timer than this one, so this test comes first.
    note("looks", job.sleep, 0.45)
    local late = note("late", job.sleep, 0.85)
    job.sleep(0.02) -- until the I/O thread sleeps; then only the poll is posted
    note("asks", each.next, each)
    late:join()
    job.sleep(0)
    assert.same({ "looks", "asks", "late" }, ended)
  end)

  it("asks nothing before the first next()", function()
    local server = serve_bodies "waiting"
    local _ <close> = new(server)
    clock.advance(60)
    http.request { url = server.url .. "/other" } -- a query before it would have arrived by now
    assert.same({ "GET /other" }, server:lines())
  end)

  it("returns the first answer", function()
    local each = new(serve_bodies "waiting")
    assert.same({ 200 }, { each:next() })
    assert.same({ "waiting", 1 }, { each:body(), each:count() })
  end)

  it("comes back only when the answer has changed", function()
    local server = serve_bodies("waiting", "waiting", "waiting", "done")
    local each = new(server)
    each:next()
    each:next()
    assert.same({ "done", 3 }, { each:body(), each:count() })
    assert.equal(4, #server:requests())
  end)

  it("counts another status with the same body as a change", function()
    local each = new(serve [[
      return function(connection)
        for status = 200, 201 do connection:read() connection:answer(status, "same") end
      end]], { deadline = 5 })
    each:next()
    assert.equal(201, each:next())
  end)

  it("returns an equal answer after it has forgotten the last one", function()
    local each = new(serve_bodies "same", { deadline = 5 })
    each:next()
    each:forget()
    assert.equal(200, each:next())
  end)

  it("returns an equal answer after a failure", function()
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
    assert.equal(200, each:next())
  end)

  it("returns the seconds of Retry-After", function()
    local each = new(serve [[
      return function(connection)
        connection:read()
        connection:answer(429, "", "Retry-After: 7\r\nX-Other: 1\r\n")
      end]])
    assert.equal(429, each:next())
    assert.equal(7, each:retry_after())
  end)

  it("waits longer each time, up to max", function()
    local each = new(serve_bodies("w", "w", "w", "w", "done"), { first = 0.04, factor = 2,
      max = 0.1 })
    local before = job.now()
    each:next()
    each:next()
    assert.equal(4, each:count())
    assert.is_true(job.now() - before >= 0.04 + 0.08 + 0.1 + 0.1 + 0.1)
  end)

  it("goes on with the pause that it is told", function()
    local each = new(serve_bodies("waiting", "done"), { max = 60 })
    each:next()
    local before = job.now()
    each:next(0.2)
    assert.equal("done", each:body())
    local took = job.now() - before
    assert.is_true(took >= 0.2 and took < 10, took)
  end)

  it("ends at its deadline between two requests", function()
    local server = serve_bodies "same"
    local each = new(server, { first = 0.05, factor = 1, max = 0.05, deadline = 0.2 })
    each:next()
    local before = job.now()
    assert.equal("timeout", select(2, each:next()))
    assert.is_true(job.now() - before < 1)
    assert.equal(each:count(), #server:requests() - 1)
    assert.is_true(each:count() >= 2)
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
      local status, word = each:next()
      assert.same({ nil, "unreachable", 1 }, { status, word, each:count() })
    end
  end)

  it("is given up when its job is cancelled, asleep or in a request", function()
    local server = serve "return function(c) c:read() c:hang() end"
    local asleep, asking = new(server, { first = 60 }), new(server)
    local jobs = { job.spawn(asleep.next, asleep), job.spawn(asking.next, asking) }
    wait_until(function() return #server:requests() > 0 end)
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
    assert.has_error(function() each:body() end)
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
      assert.equal(200, running:result())
    end
    assert.equal(2000, #server:requests())
  end)
end)

describe("a poll of fields", function()
  local FIELDS <const> = { "code", "data.state", "data.progress" }

  -- The values that a poll with these fields returns for each body, by one next() for each.
  local function values_of(fields, ...)
    local each, found = new(serve_bodies(...), { fields = fields, max = 0 }), {}
    for i = 1, select("#", ...) do
      each:forget()
      found[i] = { select(2, each:next()) }
    end
    return found
  end

  it("gives their values as they stand", function()
    assert.same({
      { 200, "waiting", 7.5 }, { nil, "true" }, { "null", "", -1e3 },
      { "200", [[a\"\\]], 9 }, { nil, "last" }, {},
    }, values_of(FIELDS,
      '{"code":200,"data":{"state":"waiting","progress":7.5}}',
      ' { "data" : { "state" : true , "progress" : [1, {"progress": 2}] } , "code" : {} } ',
      '{"code":null,"data":{"progress":-1e3,"x":[{"state":"no"},[]],"state":""}}',
      [[{"param":"{\"code\":1}","code":"200","data":{"state":"a\"\\","progress":9}}]],
      '{"data":{"state":"first"},"state":"outside","data":{"state":"last"}}',
      '[{"code":200}]'))
  end)

  it("comes back when one of them has changed, whatever else has", function()
    local each = new(serve_bodies(
      '{"code":200,"data":{"state":"a","time":1}}', '{"data":{"time":2,"state":"a"},"code":200}',
      '{"code":200,"data":{"state":"a"},"more":[1,2]}', '{"code":200,"data":{"state":"b"}}'),
      { fields = FIELDS, deadline = 5 })
    each:next()
    local _, _, state = each:next()
    assert.same({ "b", 3 }, { state, each:count() })
    assert.equal('{"code":200,"data":{"state":"b"}}', each:body())
  end)

  it("tells a number from the same digits as a string", function()
    local each = new(serve_bodies('{"code":7}', '{"code":"7"}'), { fields = FIELDS, deadline = 5 })
    assert.equal(7, (select(2, each:next())))
    assert.equal("7", (select(2, each:next())))
  end)

  it("tells a value that is absent from one that is empty", function()
    local each = new(serve_bodies('{"code":""}', '{"data":{"state":""}}'),
      { fields = FIELDS, deadline = 5 })
    each:next()
    each:next()
    assert.equal(1, each:count())
  end)

  for _, body in ipairs {
    "", " ", "{", "{}}", '{"code":200', '{"code":200,}', '{"code" 200}', "{code:200}", '"open',
    '{"code":"open}', '{"code":"open\\', '{"code":}', "[1,]", "\0", ("["):rep(1000),
    ('{"data":'):rep(65) .. "1" .. ("}"):rep(65),
  } do
    it("compares as a whole what is no JSON: " .. ("%q"):format(body:sub(1, 20)), function()
      local each = new(serve_bodies(body, body, body .. " "), { fields = FIELDS, deadline = 5 })
      assert.same({ 200, n = 1 }, table.pack(each:next()))
      assert.equal(200, each:next())
      assert.equal(2, each:count())
    end)
  end

  it("reads what the decoder reads", function()
    local bodies, wanted = {}, {}
    local function any(depth)
      local sort = math.random(depth > 3 and 4 or 6)
      if sort == 1 then return math.random(1000) end
      if sort == 2 then return math.random() < 0.5 end
      if sort < 5 then return ("%x"):format(math.random(0, 1 << 30)) end
      local object = {}
      for _ = 1, math.random(0, 4) do
        object[({ "code", "data", "state", "progress", "other" })[math.random(5)]] = any(depth + 1)
      end
      return sort == 5 and object or json.array { object, any(depth + 1) }
    end
    local function scalar(value)
      if type(value) == "boolean" then return tostring(value) end
      return type(value) ~= "table" and value or nil
    end
    for i = 1, 200 do
      local value = { code = any(0), data = any(0) }
      bodies[i] = canonical_json.encode(value)
      local data = type(value.data) == "table" and value.data or {}
      wanted[i] = { scalar(value.code), scalar(data.state), scalar(data.progress) }
    end
    assert.same(wanted, values_of(FIELDS, table.unpack(bodies)))
  end)

  it("survives any bytes", function()
    local whole, bodies = '{"code":200,"data":{"state":"w\\"x","progress":[1,{"a":null}]}}', {}
    for i = 1, 200 do
      local at = math.random(#whole)
      bodies[i] = whole:sub(1, at - 1) .. string.char(math.random(0, 255)) .. whole:sub(at + 1)
    end
    assert.equal(200, #values_of(FIELDS, table.unpack(bodies)))
  end)

  it("accepts at most eight of them", function()
    local fields = { "a", "b", "c", "d", "e", "f", "g", "h" }
    assert.is_truthy(poll.new { url = "http://127.0.0.1", fields = fields })
    fields[9] = "i"
    assert.equal("invalid", select(2, poll.new { url = "http://127.0.0.1", fields = fields }))
  end)
end)
