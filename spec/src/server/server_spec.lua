local clock = require "support.clock"
local lfs = require "lfs"
require "reel.core"
local job = require "reel.core.job"
local process = require "reel.core.process"
local server = require "reel.core.server"
local wait_until = require "support.wait_until"

local LIMIT <const> = 10

local function listen(options)
  local listener = assert(server.listen(options or {}))
  finally(function() listener:close() end)
  return listener
end

-- A server on which the function answers every request, until the server is closed.
local function serve(options, handle)
  local listener = listen(options)
  local loop = job.spawn(function()
    for request in function() return (listener:accept()) end do handle(request) end
  end)
  return listener, loop
end

local function url(listener, path)
  return ("http://127.0.0.1:%d%s"):format(listener.port, path or "/")
end

-- Runs curl; returns its stdout and its exit code.
local function curl(...)
  local result = assert(process.run {
    argv = { "curl", "-sS", "--max-time", tostring(LIMIT), ... },
    timeout = 2 * LIMIT, max_output = 1 << 24,
  })
  return result.stdout, result.code
end

-- The status, the headers in lower case, and the body.
local function fetch(...)
  local text = curl("-i", ...)
  local head, body = text:match("^(.-\r\n)\r\n(.*)$")
  local headers = {}
  for name, value in head:gmatch("\n([^:\r\n]+): ([^\r\n]*)") do headers[name:lower()] = value end
  return tonumber(head:match("^HTTP/1.1 (%d+)")), headers, body
end

local function temporary_folder()
  local path = os.tmpname()
  os.remove(path)
  assert(lfs.mkdir(path))
  finally(function() process.run { argv = { "rm", "-r", path } } end)
  return path
end

local function write_file(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  file:write(bytes)
  return path
end

local function files_in(folder)
  local names = {}
  for name in lfs.dir(folder) do
    if not name:match("^%.") then names[#names + 1] = name end
  end
  return names
end

-- A server that answers everything with one file.
local function serve_file(bytes)
  local path = write_file(temporary_folder() .. "/file", bytes)
  return serve({}, function(request)
    request:respond { file = path, headers = { ["Content-Type"] = "video/mp4" } }
  end), path
end

describe("reel.core.server", function()
  describe("listen", function()
    it("takes a free port", function()
      assert.is_true(listen().port > 0)
    end)

    it("says busy when the port is taken", function()
      local listener = listen()
      local _, word = server.listen { port = listener.port }
      assert.equal("busy", word)
    end)

    it("takes the port of a server that was closed", function()
      local listener = listen()
      local port = listener.port
      listener:close()
      local again
      wait_until(function()
        again = server.listen { port = port }
        return again
      end)
      assert.equal(port, again.port)
      again:close()
    end)

    it("refuses a host that is no address", function()
      local _, word = server.listen { host = "localhost" }
      assert.equal("invalid", word)
    end)

    it("serves IPv6 as well", function()
      local listener = serve({ host = "::1" }, function(request)
        request:respond { body = "six" }
      end)
      assert.equal("six", (curl("-g", ("http://[::1]:%d/"):format(listener.port))))
    end)

    it("runs two servers at once", function()
      local one = serve({}, function(request) request:respond { body = "one" } end)
      local two = serve({}, function(request) request:respond { body = "two" } end)
      assert.same({ "one", "two" }, { (curl(url(one))), (curl(url(two))) })
    end)
  end)

  describe("a request", function()
    it("has method, path, query, headers and body", function()
      local seen
      local listener = serve({}, function(request)
        seen = { request.method, request.path, request.query, request.headers["x-mixed"],
          request.body, request.body_file }
        request:respond {}
      end)
      curl("-X", "PUT", "-H", "X-MiXed: Value", "--data-binary", "a\nb",
        url(listener, "/some%20path/%C3%BC?a=1%262&b=x+y&empty="))
      assert.same({ "PUT", "/some path/ü", { a = "1&2", b = "x y", empty = "" }, "Value", "a\nb" },
        seen)
    end)

    it("has an empty body when none was sent", function()
      local body
      local listener = serve({}, function(request)
        body = request.body
        request:respond {}
      end)
      curl(url(listener))
      assert.equal("", body)
    end)

    it("keeps every byte of a chunked body", function()
      local bytes = {}
      for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
      local body = table.concat(bytes):rep(100)
      local path = write_file(temporary_folder() .. "/body", body)
      local seen
      local listener = serve({}, function(request)
        seen = request.body
        request:respond {}
      end)
      curl("-H", "Transfer-Encoding: chunked", "--data-binary", "@" .. path, url(listener))
      assert.equal(body, seen)
    end)

    it("keeps a large body in a file, which ends with the request", function()
      local folder = temporary_folder()
      local body = ("0123456789abcdef"):rep(20000)
      local path = write_file(temporary_folder() .. "/body", body)
      local kept, in_memory
      local listener = serve({ body_folder = folder }, function(request)
        local file <close> = assert(io.open(request.body_file, "rb"))
        kept, in_memory = file:read("a"), request.body
        request:respond {}
      end)
      curl("--data-binary", "@" .. path, url(listener))
      assert.is_true(kept == body)
      assert.is_nil(in_memory)
      wait_until(function() return #files_in(folder) == 0 end)
    end)

    it("leaves a body's file that was moved", function()
      local folder = temporary_folder()
      local path = write_file(temporary_folder() .. "/body", ("x"):rep(100000))
      local listener = serve({ body_folder = folder }, function(request)
        os.rename(request.body_file, folder .. "/kept")
        request:respond {}
      end)
      curl("--data-binary", "@" .. path, url(listener))
      collectgarbage()
      assert.same({ "kept" }, files_in(folder))
    end)

    for _, entry in ipairs {
      { "that is announced", {} },
      { "that is announced with Expect", { "-H", "Expect: 100-continue" } },
      { "that is not announced", { "-H", "Transfer-Encoding: chunked" } },
    } do
      local what, arguments = table.unpack(entry)
      it("is refused with 413 for a body " .. what, function()
        local folder = temporary_folder()
        local path = write_file(temporary_folder() .. "/body", ("x"):rep(200001))
        local requests = 0
        local listener = serve({ max_body = 200000, body_folder = folder }, function(request)
          requests = requests + 1
          request:respond {}
        end)
        local status = curl("-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@" .. path,
          url(listener), table.unpack(arguments))
        assert.same({ "413", 0, {} }, { status, requests, files_in(folder) })
      end)
    end

    it("may be exactly as large as allowed", function()
      local listener = serve({ max_body = 5 }, function(request)
        request:respond { body = request.body }
      end)
      assert.equal("12345", (curl("-d", "12345", url(listener))))
    end)

    it("is refused when its header is too large", function()
      local listener = serve({}, function(request) request:respond {} end)
      assert.equal(431, (fetch("-H", "X-Long: " .. ("x"):rep(20000), url(listener))))
    end)

    it("comes in the order of arrival, however late it is accepted", function()
      local listener = listen()
      local answers, clients = {}, {}
      for i = 1, 3 do
        clients[i] = job.spawn(function() answers[i] = curl(url(listener, "/" .. i)) end)
      end
      for _ = 1, 3 do
        local request = listener:accept()
        request:respond { body = "answer to " .. request.path }
      end
      for i = 1, 3 do assert.is_true(clients[i]:join(LIMIT)) end
      assert.same({ "answer to /1", "answer to /2", "answer to /3" }, answers)
    end)

    it("is answered 500 when it is collected unanswered", function()
      local listener = listen()
      local accepting = job.spawn(function() listener:accept() end)
      local asked = job.spawn(function() return (fetch(url(listener))) end)
      assert.is_true(accepting:join(LIMIT))
      local deadline = job.now() + LIMIT
      repeat collectgarbage() until asked:join(0.01) or job.now() > deadline
      assert.equal(500, asked:result())
    end)

    it("is answered 500 when it is closed unanswered", function()
      local listener = serve({}, function(request) local _ <close> = request end)
      assert.equal(500, (fetch(url(listener))))
    end)

    it("is answered 500 when its accept was cancelled after it had come", function()
      local listener = listen { max_connections = 1 }
      local accepting = job.spawn(function() listener:accept() end)
      assert.is_false(accepting:join(0.01))
      -- Nothing is handed out while the host is busy, so the accept is done and yet cancelled.
      os.execute("curl -s --max-time 0.3 " .. url(listener))
      accepting:cancel()
      assert.is_true(accepting:join(LIMIT))
      local asked = job.spawn(function() return (curl(url(listener))) end)
      local answering = job.spawn(function() listener:accept():respond { body = "next" } end)
      assert.is_true(asked:join(LIMIT) and answering:join(LIMIT))
      assert.equal("next", asked:result())
    end)

    it("stays in line while accepts are cancelled", function()
      local listener = listen()
      for _ = 1, 3 do
        local accepting = job.spawn(function() listener:accept() end)
        assert.is_false(accepting:join(0.01))
        accepting:cancel()
        assert.is_true(accepting:join(LIMIT))
      end
      local asked = job.spawn(function() return (fetch(url(listener))) end)
      listener:accept():respond { status = 202 }
      assert.is_true(asked:join(LIMIT))
      assert.equal(202, asked:result())
    end)

    it("may be answered after its client has gone", function()
      local listener = listen()
      local asked = job.spawn(function() curl("--max-time", "0.2", url(listener)) end)
      local request = listener:accept()
      assert.is_true(asked:join(LIMIT))
      assert.is_true(request:respond { body = ("x"):rep(100000) })
      local again = job.spawn(function() return (curl(url(listener))) end)
      listener:accept():respond { body = "alive" }
      assert.is_true(again:join(LIMIT))
      assert.equal("alive", again:result())
    end)

    it("may be answered after its server was closed", function()
      local listener = listen()
      local asked = job.spawn(function() return select(2, curl(url(listener))) end)
      local request = listener:accept()
      listener:close()
      assert.is_true(request:respond { body = "late" })
      assert.is_true(asked:join(LIMIT))
      assert.equal(52, asked:result()) -- curl: empty reply
    end)
  end)

  describe("respond", function()
    it("sends status, headers and body", function()
      local listener = serve({}, function(request)
        request:respond { status = 201, headers = { ["X-One"] = "1" }, body = "a\0b" }
      end)
      local status, headers, body = fetch(url(listener))
      assert.same({ 201, "1", "3", "a\0b" },
        { status, headers["x-one"], headers["content-length"], body })
    end)

    it("sends a long body whole", function()
      local listener = serve({}, function(request)
        request:respond { body = ("reel"):rep(1000000) }
      end)
      assert.is_true(curl(url(listener)) == ("reel"):rep(1000000))
    end)

    it("answers once", function()
      local second
      local listener = serve({}, function(request)
        request:respond { body = "first" }
        second = table.pack(request:respond { body = "second" })
      end)
      assert.equal("first", (curl(url(listener))))
      assert.same({ nil, "state" }, { second[1], second[2] })
    end)

    it("keeps the connection for the next request", function()
      local listener = serve({}, function(request) request:respond { body = request.path } end)
      assert.equal("/1/2 1 0", (curl("-w", "", url(listener, "/1"), url(listener, "/2"))) ..
        (curl("-o", "/dev/null", "-o", "/dev/null", "-w", " %{num_connects}",
          url(listener), url(listener))))
    end)

    it("refuses headers that could split the answer", function()
      local refused = 0
      local listener = serve({}, function(request)
        for name, value in pairs {
          ["X-A"] = "1\r\nX-B: 2", ["X-C: 1\r\nX-D"] = "2", [""] = "empty", ["X-E"] = "\0",
        } do
          if not pcall(request.respond, request, { headers = { [name] = value } }) then
            refused = refused + 1
          end
        end
        request:respond { body = "clean" }
      end)
      assert.equal("clean", (curl(url(listener))))
      assert.equal(4, refused)
    end)

    it("raises for wrong arguments", function()
      local refused = 0
      local listener = serve({}, function(request)
        for _, answer in ipairs {
          { status = 99 }, { status = "x" }, { headers = 1 }, { body = {} }, { file = 1 },
        } do
          if not pcall(request.respond, request, answer) then refused = refused + 1 end
        end
        request:respond {}
      end)
      curl(url(listener))
      assert.equal(5, refused)
    end)
  end)

  describe("a file", function()
    it("is sent whole with its tag, date and the given type", function()
      local listener = serve_file("0123456789")
      local status, headers, body = fetch(url(listener))
      assert.same({ 200, "0123456789", "10", "bytes", "video/mp4" }, { status, body,
        headers["content-length"], headers["accept-ranges"], headers["content-type"] })
      assert.matches('^"%S+"$', headers.etag)
      assert.matches("^%a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d GMT$", headers["last-modified"])
    end)

    it("is sent whole when it is large", function()
      local bytes = ("0123456789abcdef"):rep(200000)
      assert.is_true(curl(url((serve_file(bytes)))) == bytes)
    end)

    it("is sent without its body for HEAD", function()
      local listener = serve_file("0123456789")
      local status, headers, body = fetch("-I", url(listener))
      assert.same({ 200, "10", "" }, { status, headers["content-length"], body })
    end)

    for _, entry in ipairs {
      { "0-3", { 206, "0123", "bytes 0-3/10" } },
      { "4-", { 206, "456789", "bytes 4-9/10" } },
      { "-3", { 206, "789", "bytes 7-9/10" } },
      { "-99", { 206, "0123456789", "bytes 0-9/10" } },
      { "8-99999999999999999999999", { 206, "89", "bytes 8-9/10" } },
      { "10-", { 416, "", "bytes */10" } },
      { "-0", { 416, "", "bytes */10" } },
      { "5-4", { 200, "0123456789" } },
      { "0-1,4-5", { 200, "0123456789" } },
      { "x-", { 200, "0123456789" } },
    } do
      local range, expected = table.unpack(entry)
      it("answers the range " .. range, function()
        local listener = serve_file("0123456789")
        local status, headers, body = fetch("-H", "Range: bytes=" .. range, url(listener))
        assert.same(expected, { status, body, headers["content-range"] })
      end)
    end

    it("is sent from the range on only while it is the same (If-Range)", function()
      local listener, path = serve_file("0123456789")
      local _, headers = fetch(url(listener))
      local function part(validator)
        return (fetch("-H", "Range: bytes=1-2", "-H", "If-Range: " .. validator, url(listener)))
      end
      assert.same({ 206, 206, 200 },
        { part(headers.etag), part(headers["last-modified"]), part('"other"') })
      write_file(path, "abcdefghijk")
      assert.equal(200, part(headers.etag))
    end)

    it("is not sent again while it is the same (If-None-Match)", function()
      local listener = serve_file("0123456789")
      local _, headers = fetch(url(listener))
      local status, again, body =
        fetch("-H", 'If-None-Match: "a", W/' .. headers.etag, url(listener))
      assert.same({ 304, headers.etag, "" }, { status, again.etag, body })
      assert.equal(200, (fetch("-H", 'If-None-Match: "a"', url(listener))))
    end)

    it("is 404 when it is missing, a folder, a link or a pipe", function()
      local folder = temporary_folder()
      write_file(folder .. "/file", "x")
      lfs.link("file", folder .. "/link", true)
      process.run { argv = { "mkfifo", folder .. "/pipe" } }
      local listener = serve({}, function(request)
        request:respond { file = folder .. request.path }
      end)
      for _, path in ipairs { "/missing", "/", "/link", "/pipe" } do
        assert.equal(404, (fetch(url(listener, path))))
      end
      assert.equal(200, (fetch(url(listener, "/file"))))
    end)
  end)

  describe("close", function()
    it("ends those who wait in accept", function()
      local listener = listen()
      local waiting = {}
      for i = 1, 3 do
        waiting[i] = job.spawn(function() return listener:accept() end)
      end
      clock.wait_until_parked(table.unpack(waiting))
      listener:close()
      for i = 1, 3 do
        assert.is_true(waiting[i]:join(LIMIT))
        assert.equal("closed", (select(2, waiting[i]:result())))
      end
    end)

    it("ends clients that nobody has accepted yet", function()
      local listener = listen()
      local asked = job.spawn(function() return select(2, curl(url(listener))) end)
      local first = job.spawn(function() return select(2, curl(url(listener))) end)
      listener:accept()
      listener:close()
      assert.is_true(asked:join(LIMIT) and first:join(LIMIT))
      assert.is_true(asked:result() ~= 0 and first:result() ~= 0)
    end)

    it("may be called twice, and later accepts say closed", function()
      local listener = listen()
      listener:close()
      listener:close()
      assert.same({ nil, "closed" }, { (listener:accept()), (select(2, listener:accept())) })
    end)

    it("happens when the server is collected", function()
      local port = server.listen({}).port
      local deadline = job.now() + LIMIT
      local code
      repeat
        collectgarbage()
        code = select(2, curl(("http://127.0.0.1:%d/"):format(port), "--max-time", "0.2"))
      until code == 7 or job.now() > deadline
      assert.equal(7, code) -- curl: connection refused
    end)

    it("happens at the end of a to-be-closed variable", function()
      local closed
      do
        local listener <close> = server.listen {}
        closed = listener
      end
      assert.same("closed", (select(2, closed:accept())))
    end)

    it("leaves no descriptors behind", function()
      local function count()
        local number = 0
        for _ in lfs.dir("/proc/self/fd") do number = number + 1 end
        return number
      end
      process.run { argv = { "true" } }
      local before = count()
      for _ = 1, 5 do
        local listener = server.listen {}
        local asked = job.spawn(function() curl(url(listener)) end)
        listener:accept():respond { file = "/proc/version" }
        asked:join(LIMIT)
        listener:close()
      end
      wait_until(function() return count() == before end)
    end)
  end)
end)
