local job = require "reel.core" and require "reel.core.job"
local http = require "reel.core.http"
local fake = require "support.fake"
local sender = require "reel.core.sender"
local wait_until = require "support.wait_until"

local function serve(script)
  local server = fake.start(script)
  finally(function() server:stop() end)
  return server
end

-- A server that gives every request the same whole answer.
local function serve_answer(status, body, headers)
  return serve(([[
    return function(connection)
      while connection:read() do connection:answer(%d, %q, %q) end
    end]]):format(status, body or "", headers or ""))
end

-- A server that reads one request, sends these bytes and closes.
local function serve_bytes(bytes)
  return serve(([[
    return function(connection)
      connection:read()
      connection:send(%q)
    end]]):format(bytes))
end

describe("reel.core.http", function()
  describe(".request", function()
    it("returns status, headers and body", function()
      local server = serve_answer(201, "made", "X-One: 1\r\n")
      local answer = http.request { url = server.url .. "/a?b=c" }
      assert.same({ status = 201, body = "made",
        headers = { ["x-one"] = "1", ["content-length"] = "4" } }, answer)
      assert.same({ "GET /a?b=c" }, server:lines())
    end)

    it("names headers in lower case, trims them, and the last of a name wins", function()
      local server = serve_answer(200, "", "RETRY-After: 3\r\nretry-after: \t 7 \r\nX-Empty:\r\n")
      assert.same({ ["retry-after"] = "7", ["x-empty"] = "", ["content-length"] = "0" },
        http.request { url = server.url }.headers)
    end)

    describe("tells from Retry-After", function()
      local function told(text)
        return http.request({ url = serve_answer(429, "", text).url }).retry_after
      end

      -- RFC 9110, section 5.6.7.
      local function date_in(seconds)
        return (os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() + seconds))
      end

      it("seconds from 1 to 3600", function()
        for _, seconds in ipairs { 1, 7, 3600 } do
          assert.equal(seconds, told(("Retry-After: %d\r\n"):format(seconds)))
        end
      end)

      it("a date, in seconds from now", function()
        local seconds = told(("Retry-After: %s\r\n"):format(date_in(600)))
        assert.is_true(seconds > 480 and seconds <= 600, tostring(seconds))
      end)

      for _, text in ipairs { "0", "3601", "1000000000", ("9"):rep(400), "-5", "soon", "",
        date_in(-60), date_in(7200), "Thu, 01 Foo 2026 12:01:30 GMT" } do
        it(("nothing where it is %q"):format(text:sub(1, 40)), function()
          assert.is_nil(told("Retry-After: " .. text .. "\r\n"))
        end)
      end

      it("nothing where there is none, or another answer had one", function()
        local server = serve [[
          return function(c, n)
            local first = true
            while c:read() do
              c:answer(200, "", first and "Retry-After: 7\r\n" or "")
              first = false
            end
          end]]
        assert.equal(7, http.request({ url = server.url }).retry_after)
        assert.is_nil(http.request({ url = server.url }).retry_after)
      end)
    end)

    it("sends just the headers it was given and its name", function()
      local server = serve_answer(200)
      http.request { url = server.url, method = "POST", body = "{}",
        headers = { "Authorization: Bearer k", "Content-Type: application/json" } }
      local request = server:requests()[1]
      local host = server.url:match("//(.*)")
      assert.equal("{}", request.body)
      assert.equal("POST / HTTP/1.1\r\nHost: " .. host .. "\r\nUser-Agent: reel/0.1.0\r\n"
        .. "Accept: */*\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n"
        .. "Content-Length: 2\r\n\r\n", request.head)
    end)

    it("hides its key where an answer repeats it, and leaves short words alone", function()
      local server = serve_answer(200, "for key-0123456789: key-0123456789!",
        "X-Key: key-0123456789\r\n")
      local function get(key)
        return http.request { url = server.url, headers = { "authorization: Bearer " .. key } }
      end
      local answer = get "key-0123456789"
      assert.equal("for **************: **************!", answer.body)
      assert.equal("**************", answer.headers["x-key"])
      assert.equal("for key-0123456789: key-0123456789!", get("key").body)
    end)

    it("adds no content type and no Expect to a large body", function()
      local server = serve_answer(200)
      local body = ("x"):rep(1500000)
      http.request { url = server.url, method = "PUT", body = body }
      local request = server:requests()[1]
      assert.equal("PUT", request.method)
      assert.is_true(request.body == body)
      assert.is_nil(request.head:lower():match("expect"))
      assert.is_nil(request.head:lower():match("content%-type"))
    end)

    it("sends a method without a body, and a HEAD waits for none", function()
      local server = serve [[
        return function(connection)
          connection:read()
          connection:answer(200, "")
          connection:read()
          connection:send "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
          connection:hang()
        end]]
      assert.equal(200, http.request { url = server.url, method = "DELETE" }.status)
      assert.equal(200, http.request { url = server.url, method = "HEAD", timeout = 5 }.status)
      assert.same({ "DELETE /", "HEAD /" }, server:lines())
    end)

    it("carries nothing of a request over to the next on the connection", function()
      local server = serve_answer(200)
      http.request { url = server.url, method = "POST", body = "secret", headers = { "X-Key: 1" } }
      http.request { url = server.url }
      local request = server:requests()[2]
      assert.same({ "GET", "" }, { request.method, request.body })
      assert.is_nil(request.head:match("X%-Key"))
    end)

    it("follows no redirect", function()
      local server = serve_answer(302, "", "Location: /elsewhere\r\n")
      local answer = http.request { url = server.url }
      assert.same({ 302, "/elsewhere" }, { answer.status, answer.headers.location })
      assert.same({ "GET /" }, server:lines())
    end)

    it("decompresses nothing", function()
      local server = serve_answer(200, "not gzip at all", "Content-Encoding: gzip\r\n")
      assert.equal("not gzip at all", http.request { url = server.url }.body)
    end)

    it("skips an interim answer and a trailer", function()
      local server = serve_bytes("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
        .. "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n")
      assert.same({ status = 200, body = "ok", headers = { ["transfer-encoding"] = "chunked" } },
        http.request { url = server.url })
    end)

    for _, entry in ipairs { { "length", "Content-Length: 11\r\n\r\n" }, { "close", "\r\n" } } do
      local name, head = table.unpack(entry)
      it("refuses a body above max_body that ends by " .. name, function()
        local server = serve_bytes("HTTP/1.1 200 OK\r\n" .. head .. "hello world")
        assert.equal("hello world", http.request { url = server.url, max_body = 11 }.body)
        assert.equal("too_large", select(2, http.request { url = server.url, max_body = 10 }))
      end)
    end

    it("refuses a chunked body above max_body", function()
      local server = serve_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        .. "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n")
      assert.equal("hello world", http.request { url = server.url, max_body = 11 }.body)
      assert.equal("too_large", select(2, http.request { url = server.url, max_body = 10 }))
    end)

    it("refuses more than 16 KiB of headers", function()
      local server = serve [[
        return function(connection)
          local count = tonumber(connection:read().target:match("%d+"))
          connection:answer(200, "", ("X: " .. ("x"):rep(1000) .. "\r\n"):rep(count))
        end]]
      assert.equal(200, http.request { url = server.url .. "/16" }.status)
      assert.equal("too_large", select(2, http.request { url = server.url .. "/17" }))
    end)

    it("gives up at its timeout", function()
      local server = serve "return function(c) c:read() c:hang() end"
      local before = job.now()
      local answer, word = http.request { url = server.url, timeout = 0.2 }
      assert.same({ nil, "timeout" }, { answer, word })
      assert.is_true(job.now() - before < 2)
    end)

    it("says unreachable when nobody listens and when a name is unknown", function()
      assert.equal("unreachable", select(2, http.request { url = fake.refusing_url() }))
      assert.equal("unreachable", select(2, http.request { url = "http://nobody.invalid/" }))
    end)

    it("tells a failed TLS handshake from a broken transfer", function()
      local server = serve [[return function(c) c:send "plain" end]]
      local url = server.url:gsub("^http:", "https:")
      assert.equal("unreachable", select(2, http.request { url = url, timeout = 5 }))
    end)

    local broken = {
      { "a reset", "return function(c) c:read() c:reset() end" },
      { "a close without an answer", "return function(c) c:read() end" },
      { "a cut status line", [[return function(c) c:read() c:send "HTTP/1.1 20" end]] },
      { "cut headers", [[return function(c) c:read() c:send "HTTP/1.1 200 OK\r\nX-A: 1\r\n" end]] },
      { "a cut body", [[return function(c)
        c:read() c:send "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"
      end]] },
      { "a cut chunk", [[return function(c)
        c:read() c:send "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ncut"
      end]] },
      { "bytes that are no HTTP", [[return function(c) c:read() c:send "hello\r\n\r\n" end]] },
    }
    for _, entry in ipairs(broken) do
      local name, script = table.unpack(entry)
      it("reports a broken transfer after " .. name, function()
        local answer, word, message = http.request { url = serve(script).url, timeout = 5 }
        assert.same({ nil, "transfer", "string" }, { answer, word, type(message) })
      end)
    end

    it("refuses control bytes, and texts that are not a URL, method or header", function()
      local url = fake.refusing_url()
      for _, request in ipairs {
        { url = url .. "/\r\nX: 1" }, { url = url .. "/a b" }, { url = url .. "/\0" }, { url = "" },
        { url = "ftp://127.0.0.1/" }, { url = "file:///etc/passwd" }, { url = "http://" },
        { url = url, headers = { "X: 1\r\nY: 2" } }, { url = url, headers = { "X: \0" } },
        { url = url, headers = { "no colon" } }, { url = url, headers = { ": no name" } },
        { url = url, method = "GET /x" }, { url = url, method = "" },
      } do
        assert.equal("invalid", select(2, http.request(request)), request.url)
      end
    end)

    it("raises for wrong types and ranges", function()
      assert.has_error(function() http.request "http://127.0.0.1" end)
      assert.has_error(function() http.request { url = 5 } end)
      assert.has_error(function() http.request { url = "http://x", headers = { 5 } } end)
      assert.has_error(function() http.request { url = "http://x", timeout = -1 } end)
      assert.has_error(function() http.request { url = "http://x", timeout = 0 / 0 } end)
    end)

    it("finishes more requests than it has under way at once", function()
      local server = serve [[
        local open, most = 0, 0
        return function(connection)
          open = open + 1
          most = math.max(most, open)
          while connection:read() do
            connection:sleep(0.02)
            connection:answer(200, tostring(most))
          end
          open = open - 1
        end]]
      local jobs, most = {}, 0
      for i = 1, 200 do
        jobs[i] = job.spawn(function() return http.request { url = server.url }.body end)
      end
      for _, running in ipairs(jobs) do
        assert.is_true(running:join(10))
        most = math.max(most, tonumber(running:result()))
      end
      assert.equal(64, most)
      assert.equal(200, #server:requests())
    end)

    it("is given up when its job is cancelled", function()
      local server = serve [[
        return function(connection)
          connection:read()
          connection:hang()
          connection:note "closed"
        end]]
      local running = job.spawn(http.request, { url = server.url })
      wait_until(function() return #server:requests() > 0 end)
      running:cancel()
      assert.is_true(running:join(5))
      assert.equal("cancelled", running.status)
      wait_until(function() return #server:notes() > 0 end)
    end)
  end)

  describe(".download", function()
    local function target()
      local folder = os.tmpname()
      os.remove(folder)
      os.execute("mkdir " .. folder)
      return folder .. "/clip.mp4", folder
    end

    local function read(path)
      local file <close> = io.open(path, "rb")
      return file and file:read "a"
    end

    local function files(folder)
      local list <close> = assert(io.popen("ls -A " .. folder))
      return list:read "a"
    end

    local function setup(script)
      local path, folder = target()
      local server = fake.start(script)
      finally(function()
        server:stop()
        os.execute("rm -r " .. folder)
      end)
      return server, path, folder
    end

    it("stores the body of a 200", function()
      local server, path, folder = setup [[
        return function(c) c:read() c:answer(200, ("video"):rep(200000), "ETag: \"e\"\r\n") end]]
      local result = http.download { url = server.url, path = path }
      assert.same({ 200, 1000000, '"e"' }, { result.status, result.bytes, result.headers.etag })
      assert.is_true(read(path) == ("video"):rep(200000))
      assert.equal("clip.mp4\n", files(folder))
    end)

    it("stores an empty body", function()
      local server, path = setup [[return function(c) c:read() c:answer(200, "") end]]
      assert.equal(0, http.download { url = server.url, path = path }.bytes)
      assert.equal("", read(path))
    end)

    it("replaces what was there only when it is whole", function()
      local server, path, folder = setup [[
        return function(c, n)
          c:read()
          if n == 1 then c:send "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut" return end
          c:answer(200, "new")
        end]]
      io.open(path, "w"):write("old"):close()
      assert.equal("transfer", select(2, http.download { url = server.url, path = path }))
      assert.same({ "old", "clip.mp4\n" }, { read(path), files(folder) })
      assert.equal(3, http.download { url = server.url, path = path }.bytes)
      assert.equal("new", read(path))
    end)

    it("stores nothing of any other answer, and returns its body", function()
      local server, path, folder = setup [[
        return function(c) c:read() c:answer(404, "gone", "Retry-After: 7\r\n") end]]
      local result = http.download { url = server.url, path = path }
      assert.same({ 404, 0, "gone", "7" },
        { result.status, result.bytes, result.body, result.headers["retry-after"] })
      assert.equal("", files(folder))
    end)

    it("leaves nothing after too many bytes", function()
      local server, path, folder = setup [[
        return function(c) c:read() c:answer(200, ("x"):rep(100)) end]]
      assert.equal(100, http.download { url = server.url, path = path, max_bytes = 100 }.bytes)
      os.remove(path)
      assert.equal("too_large",
        select(2, http.download { url = server.url, path = path, max_bytes = 99 }))
      assert.equal("", files(folder))
    end)

    it("gives up when the bytes come too slowly", function()
      local server, path, folder = setup [[
        return function(c)
          c:read()
          c:send "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nx"
          c:hang()
        end]]
      assert.equal("timeout",
        select(2, http.download { url = server.url, path = path, low_speed = 1 }))
      assert.equal("", files(folder))
    end)

    it("leaves nothing when its job is cancelled", function()
      local server, path, folder = setup [[
        return function(c)
          c:read()
          c:send "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nx"
          c:hang()
        end]]
      local running = job.spawn(http.download, { url = server.url, path = path })
      wait_until(function() return files(folder) ~= "" end)
      running:cancel()
      assert.is_true(running:join(5))
      wait_until(function() return files(folder) == "" end)
    end)

    it("does not follow a symbolic link at the path of the part", function()
      local server, path, folder = setup [[return function(c) c:read() c:answer(200, "x") end]]
      os.execute(("ln -s %s/victim %s.part"):format(folder, path))
      local _, word, message = http.download { url = server.url, path = path }
      assert.equal("system", word)
      assert.matches(path, message, 1, true)
      assert.is_nil(read(folder .. "/victim"))
    end)

    it("tells why it cannot write", function()
      local server, path = setup [[return function(c) c:read() c:answer(200, "x") end]]
      local _, word, message = http.download { url = server.url, path = path .. "/not/here" }
      assert.equal("system", word)
      assert.matches("No such file", message)
    end)
  end)

  describe(".upload", function()
    local function upload(options)
      local path = os.tmpname()
      io.open(path, "w"):write(options.content):close()
      local server = fake.start [[return function(c) c:read() c:answer(200, "stored") end]]
      finally(function()
        server:stop()
        os.remove(path)
      end)
      options.url, options.file, options.content = server.url, path, nil
      return http.upload(options), server:requests()[1]
    end

    it("sends fields and file as one form", function()
      local content = ("\0\r\n--bytes"):rep(100000)
      local answer, request = upload { content = content, filename = 'a "b".png',
        content_type = "image/png", fields = { { "uploadPath", "reel" }, { "empty", "" } },
        headers = { "Authorization: Bearer k" } }
      assert.equal("stored", answer.body)
      local boundary = request.head:match("Content%-Type: multipart/form%-data; boundary=(%S+)")
      local part = "--" .. boundary .. "\r\nContent-Disposition: form-data; name="
      local expected = part .. '"uploadPath"\r\n\r\nreel\r\n' .. part .. '"empty"\r\n\r\n\r\n'
        .. part .. '"file"; filename="a %22b%22.png"\r\nContent-Type: image/png\r\n\r\n'
        .. content .. "\r\n--" .. boundary .. "--\r\n"
      assert.is_true(request.body == expected)
      assert.matches("Authorization: Bearer k\r\n", request.head, 1, true)
      assert.is_nil(request.head:match("Expect"))
    end)

    it("says not_found when there is no such file", function()
      assert.equal("not_found",
        select(2, http.upload { url = fake.refusing_url(), file = "/nowhere" }))
    end)

    it("refuses control bytes in names", function()
      assert.equal("invalid", select(2, http.upload { url = fake.refusing_url(), file = "/dev/null",
        filename = "a\r\nb" }))
    end)
  end)

  describe(".configure", function()
    it("sends requests to a proxy from then on", function()
      local server = serve_answer(200, "by proxy")
      http.configure { proxy = server.url }
      local answer = http.request { url = "http://nobody.invalid/x" }
      http.configure {}
      assert.equal("by proxy", answer.body)
      assert.same({ "GET http://nobody.invalid/x" }, server:lines())
      assert.equal("unreachable", select(2, http.request { url = "http://nobody.invalid/x" }))
    end)

    -- libcurl quotes a proxy that it cannot use. Long ones are cut off in its message.
    for _, proxy in ipairs { "http://me:s3cret@pro xy:1", "me:s3cret@pro xy:1",
      "gopher://me:s3cret@proxy:1", "http://me:" .. ("s3cret"):rep(50) .. "@pro xy:1" } do
      it("shows no password of the proxy " .. proxy:sub(1, 30), function()
        http.configure { proxy = proxy }
        local _, word, message = http.request { url = "http://nobody.invalid/x" }
        local sent = sender.post { url = "http://nobody.invalid/x", body = "{}" }
        http.configure {}
        assert.same({ "unreachable", "unreachable" }, { word, sent.error })
        for _, told in ipairs { message, sent.message } do
          assert.not_matches("s3c", told, 1, true)
          assert.matches("**", told, 1, true)
        end
      end)
    end
  end)
end)
