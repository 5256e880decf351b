-- Which clients may be connected to a listener, and how long they may take.
require "reel.core"
local clock = require "support.clock"
local job = require "reel.core.job"
local process = require "reel.core.process"
local server = require "reel.core.server"

local LIMIT <const> = 10

local function listen(options)
  local listener = assert(server.listen(options or {}))
  finally(function() listener:close() end)
  return listener
end

-- A server on which the function answers every request, until the server is closed.
local function serve(options, handle)
  local listener = listen(options)
  job.spawn(function()
    for request in function() return (listener:accept()) end do handle(request) end
  end)
  return listener
end

local function url(listener, path)
  return ("http://127.0.0.1:%d%s"):format(listener.port, path or "/")
end

-- Runs curl; returns its stdout.
local function curl(...)
  local result = assert(process.run {
    argv = { "curl", "-sS", "--max-time", tostring(LIMIT), ... },
    timeout = 2 * LIMIT, max_output = 1 << 24,
  })
  return result.stdout
end

-- Runs a Lua client in another process; `socket` is connected to the server. Returns its stdout.
local function client(listener, code)
  local prelude = [[
    local socket = require("socket").tcp()
    local now = require("socket").gettime
    assert(socket:connect("127.0.0.1", %d))
    socket:settimeout(%d)
  ]]
  local result = assert(process.run {
    argv = { "lua5.4", "-e", prelude:format(listener.port, LIMIT) .. code }, timeout = 2 * LIMIT,
  })
  assert.equal("", result.stderr)
  return result.stdout
end

describe("the connections of reel.core.server", function()
  it("serves 64 connections at once, and the 65th when one of them ends", function()
    local listener = listen()
    local clients = {}
    for i = 1, 65 do
      clients[i] = job.spawn(function()
        return curl("-H", "Connection: close", url(listener, "/" .. i))
      end)
    end
    local requests = {}
    for i = 1, 64 do requests[i] = listener:accept() end
    local last
    local accepting = job.spawn(function() last = listener:accept() end)
    assert.is_false(accepting:join(0.2))
    requests[1]:respond {}
    assert.is_true(accepting:join(LIMIT))
    requests[1] = last
    for _, request in ipairs(requests) do request:respond {} end
    for i = 1, 65 do assert.is_true(clients[i]:join(LIMIT)) end
  end)

  it("gives the place of the client that was quiet longest to one that waits", function()
    local listener = serve({ max_connections = 4 }, function(request)
      request:respond { body = request.path }
    end)
    local seen = client(listener, ([[
      local quiet = { socket }
      for i = 2, 50 do
        quiet[i] = require("socket").tcp()
        quiet[i]:connect("127.0.0.1", %d)
        quiet[i]:send(i %% 2 == 0 and "POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\n1" or "GE")
      end
      local start, pipe = now(), io.popen("curl -s --max-time 8 %s")
      local body = pipe:read("a")
      io.write(body, " ", now() - start < 7 and "soon" or "late")
    ]]):format(listener.port, url(listener, "/callback")))
    assert.equal("/callback soon", seen)
  end)

  it("refuses a header that is larger than its limit", function()
    local listener = serve({ max_header = 8192 }, function(request)
      request:respond { body = request.headers.x }
    end)
    assert.equal(("a"):rep(4000), curl("-H", "X: " .. ("a"):rep(4000), url(listener)))
    local head = curl("-i", "-H", "X: " .. ("a"):rep(8192), url(listener))
    assert.matches("^HTTP/1.1 431 ", head)
  end)

  it("cuts a client that sends its header byte by byte", function()
    local listener = listen { header_timeout = 0.5 }
    local seconds = client(listener, [[
      local start = now()
      socket:send("GET / HTTP/1.1\r\n")
      repeat
        require("socket").sleep(0.02)
      until not socket:send("X") or now() - start > 8
      io.write(now() - start)
    ]])
    assert.is_true(tonumber(seconds) > 0.4 and tonumber(seconds) < 3)
  end)

  it("cuts a client that sends its body byte by byte", function()
    local listener = listen { body_timeout = 0.5 }
    local seconds = client(listener, [[
      local start = now()
      socket:send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
      repeat
        require("socket").sleep(0.02)
      until not socket:send("X") or now() - start > 8
      io.write(now() - start)
    ]])
    assert.is_true(tonumber(seconds) > 0.4 and tonumber(seconds) < 3)
  end)

  it("cuts a connection that stays idle after an answer", function()
    local listener = serve({ header_timeout = 0.5 }, function(request)
      request:respond { body = "x" }
    end)
    local answer = client(listener, [[
      socket:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      io.write((socket:receive("*a")))
    ]])
    assert.matches("^HTTP/1.1 200 OK.*x$", answer)
  end)

  it("lets the host think longer than a client may take", function()
    local listener = serve({ header_timeout = 0.2, body_timeout = 0.2 }, function(request)
      clock.advance(1)
      request:respond { body = "thought" }
    end)
    assert.equal("thought", curl(url(listener)))
  end)
end)
