local digest = require "reel.core" and require "reel.core.digest"
local fake = require "support.fake"
local http = require "reel.core.http"
local lfs = require "lfs"

local CLIP <const> = ("0123456789abcdef"):rep(40000)

local folder, path, server

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
  path = folder .. "/clip"
end)

after_each(function()
  if server then server:stop() end
  server = nil
  os.execute("rm -rf " .. folder)
end)

local function read(name)
  local file <close> = io.open(name, "rb")
  return file and file:read "a"
end

local function write(name, text)
  local file <close> = assert(io.open(name, "wb"))
  file:write(text)
end

local function files()
  local names = {}
  for name in lfs.dir(folder) do
    if not name:find("^%.+$") then names[#names + 1] = name end
  end
  table.sort(names)
  return table.concat(names, " ")
end

-- A server of CLIP. `answer` is the body of a function of the connection (c), its number (n), where
-- the requested range starts (from; nil: the whole) and send(status, headers, body).
local function serve(answer)
  server = fake.start(([[
    local CLIP = ("0123456789abcdef"):rep(40000)
    local function answer(c, n, from, send)
      %s
    end
    return function(c, n)
      local head = c:read().head
      answer(c, n, tonumber(head:match("Range: bytes=(%%d+)%%-")), function(status, headers, body)
        c:send(("HTTP/1.1 %%d Scripted\r\n%%s\r\n"):format(status, headers:gsub("\n", "\r\n")))
        c:send(body)
      end)
    end]]):format(answer))
end

-- Sends the whole file or the rest, as asked; the first `cuts` answers end after 100,000 bytes.
local function serve_cut(cuts, etag)
  serve(([[
    local rest = CLIP:sub((from or 0) + 1)
    local range = from and ("Content-Range: bytes %%d-%%d/%%d\n"):format(from, #CLIP - 1, #CLIP)
      or ""
    send(from and 206 or 200, range .. %q .. "Content-Length: " .. #rest .. "\n",
      n <= %d and rest:sub(1, 100000) or rest)
  ]]):format(etag or 'ETag: "one"\n', cuts))
end

local function download(options)
  options = options or {}
  options.url = options.url or server.url .. "/clip"
  options.path, options.resume = path, true
  return http.download(options)
end

local function word_of(...)
  return select(2, ...)
end

local function ranges()
  local found = {}
  for i, request in ipairs(server:requests()) do
    found[i] = request.head:match("\r\nRange: (.-)\r\n") or "whole"
  end
  return found
end

describe("reel.core.http.download with resume", function()
  it("asks only for what is missing after each of three cuts", function()
    serve_cut(3)
    for i = 1, 3 do
      local _, word, _, bytes = download()
      assert.same({ "transfer", i * 100000 }, { word, bytes })
      assert.is_nil(read(path))
    end
    assert.same({ 206, #CLIP }, { download().status, #read(path) })
    assert.equal(digest.sha256(CLIP), digest.sha256_file(path))
    assert.same({ "whole", "bytes=100000-", "bytes=200000-", "bytes=300000-" }, ranges())
    assert.matches('\r\nIf-Range: "one"\r\n', server:requests()[2].head, 1, true)
    assert.equal("clip", files())
  end)

  it("goes by the date where there is no strong entity tag", function()
    local date = "Sun, 22 Nov 2026 10:00:00 GMT"
    serve_cut(1, 'ETag: W/"weak"\nLast-Modified: ' .. date .. "\n")
    download()
    assert.equal(206, download().status)
    assert.matches("\r\nIf-Range: " .. date .. "\r\n", server:requests()[2].head, 1, true)
    assert.is_true(read(path) == CLIP)
  end)

  it("starts over where nothing tells one file from another", function()
    serve_cut(1, "")
    assert.equal(0, select(4, download()))
    assert.equal("", files())
    assert.equal(200, download().status)
    assert.same({ "whole", "whole" }, ranges())
  end)

  it("does not trust a part from before the machine was started", function()
    serve_cut(0)
    write(path .. ".part", "garbage")
    write(path .. ".part.meta", 'another-boot\n"one"\n')
    assert.equal(200, download().status)
    assert.is_true(read(path) == CLIP)
    assert.equal("clip", files())
  end)

  it("keeps what it needs to go on in no file that is not its own", function()
    serve_cut(9)
    write(folder .. "/victim", "precious")
    for _, name in ipairs { "clip.part.meta", "clip.part" } do
      for _, is_link in ipairs { true, false } do
        assert(lfs.link(folder .. "/victim", folder .. "/" .. name, is_link))
        assert.is_nil((download()))
        assert.equal("precious", read(folder .. "/victim"))
        os.execute(("rm -f %s/clip*"):format(folder))
      end
    end
  end)

  it("takes the whole file instead of the rest (200 instead of 206)", function()
    serve [[
      send(200, 'ETag: "one"\nContent-Length: 640000\n', n == 1 and CLIP:sub(1, 99) or CLIP)
    ]]
    assert.equal(99, select(4, download()))
    assert.equal(200, download().status)
    assert.is_true(read(path) == CLIP)
  end)

  -- Each is the second answer; the third download gets the file.
  local spoilt = {
    { "a changed ETag that the server overlooks",
      [[send(206, 'ETag: "two"\nContent-Range: bytes 99-639999/640000\n', CLIP:sub(100))]] },
    { "another start of the range",
      [[send(206, 'ETag: "one"\nContent-Range: bytes 98-639999/640000\n', CLIP:sub(100))]] },
    { "a range that ends early",
      [[send(206, 'ETag: "one"\nContent-Range: bytes 99-199/640000\n', CLIP:sub(100))]] },
    { "a range of unknown total",
      [[send(206, 'ETag: "one"\nContent-Range: bytes 99-639999/*\n', CLIP:sub(100))]] },
    { "no Content-Range", [[send(206, 'ETag: "one"\n', CLIP:sub(100))]] },
    { "a range with a number that is too large",
      [[send(206, "Content-Range: bytes 99-639999/99999999999999999999999\n", CLIP:sub(100))]] },
    { "a rest that is shorter than told",
      [[send(206, "Content-Range: bytes 99-639999/640000\nContent-Length: 9\n", CLIP:sub(1, 9))]] },
    { "a rest that is longer than told",
      [[send(206, "Content-Range: bytes 99-639999/640000\n", CLIP:sub(100) .. "more")]] },
    { "416", [[send(416, "Content-Range: bytes */640000\nContent-Length: 0\n", "")]] },
  }
  for _, entry in ipairs(spoilt) do
    local name, answer = table.unpack(entry)
    it("starts over after " .. name, function()
      serve(([[
        if n == 2 then %s return end
        send(200, 'ETag: "one"\nContent-Length: 640000\n', n == 1 and CLIP:sub(1, 99) or CLIP)
      ]]):format(answer))
      assert.equal(99, select(4, download()))
      local _, word, _, bytes = download()
      assert.same({ "transfer", 0, "" }, { word, bytes, files() })
      assert.equal(200, download().status)
      assert.is_true(read(path) == CLIP)
    end)
  end

  it("keeps the part through answers that are no file", function()
    serve [[
      if n == 2 then send(503, "Content-Length: 4\n", "busy") return end
      send(200, 'ETag: "one"\nContent-Length: 640000\n', CLIP:sub(1, 99))
    ]]
    download()
    local answer = download()
    assert.same({ 503, "busy", 99 }, { answer.status, answer.body, answer.bytes })
    assert.equal("clip.part clip.part.meta", files())
    assert.equal(99, select(4, download { url = fake.refusing_url() }))
  end)

  it("needs no more than the start of an answer that is no file", function()
    serve [[send(503, "Content-Length: 640000\n", CLIP)]]
    assert.equal(503, download().status)
  end)

  it("takes no range that it did not ask for", function()
    serve [[send(206, 'Content-Range: bytes 0-639999/640000\n', CLIP)]]
    assert.equal("transfer", word_of(download()))
    assert.equal("", files())
  end)

  it("writes nothing of a file that is announced as too large", function()
    serve [[send(200, 'ETag: "one"\nContent-Length: 640000\n', CLIP:sub(1, 10))]]
    assert.equal("too_large", word_of(download { max_bytes = 639999 }))
    assert.equal("", files())
  end)

  it("ends a file without a length where it becomes too large", function()
    serve [[send(200, "", CLIP)]]
    assert.equal("too_large", word_of(download { max_bytes = 639999 }))
    assert.equal("", files())
    assert.equal(200, download({ max_bytes = 640000 }).status)
  end)

  it("leaves the disk the space that it is told to", function()
    serve [[send(200, 'ETag: "one"\nContent-Length: 640000\n', CLIP)]]
    local _, word, message = download { min_free = 1e15 }
    assert.same({ "system", "the disk would have too little free space left" }, { word, message })
    assert.is_nil(read(path))
    assert.equal(200, download({ min_free = 1 }).status)
  end)

  it("ends a transfer that trickles, and goes on with it the next time", function()
    serve [[
      if from then
        send(206, ('ETag: "one"\nContent-Range: bytes %d-639999/640000\nContent-Length: %d\n')
          :format(from, #CLIP - from), CLIP:sub(from + 1))
        return
      end
      send(200, 'ETag: "one"\nContent-Length: 640000\n', "")
      local socket = require "socket"
      for at = 1, 640000, 1600 do
        c:send(CLIP:sub(at, at + 1599))
        socket.sleep(0.02)
      end
    ]]
    local _, word, message, bytes = download { patience = 0.1, min_speed = 1e6, low_speed = 0 }
    assert.same({ "timeout", "the file arrives too slowly" }, { word, message })
    assert.is_true(bytes > 0 and bytes < 640000)
    assert.equal(206, download().status)
    assert.equal(digest.sha256(CLIP), digest.sha256_file(path))
  end)

  it("takes a wrong length for a broken transfer", function()
    serve [[send(200, 'ETag: "one"\nContent-Length: 640001\n', CLIP)]]
    assert.same({ "transfer", 640000 }, { word_of(download()), select(4, download()) })
    assert.is_nil(read(path))
  end)

  it("leaves a part alone while another process has it locked", function()
    serve_cut(0)
    write(path .. ".part", "")
    os.execute("mkfifo " .. folder .. "/end")
    local other <close> = assert(io.popen(("exec timeout 5 flock %s.part sh -c "
      .. "'echo held; exec cat %s/end'"):format(path, folder)))
    assert.equal("held", other:read())
    local word = word_of(download())
    os.execute("timeout 5 sh -c 'echo > " .. folder .. "/end'")
    assert.same({ "busy", "" }, { word, read(path .. ".part") })
  end)

  it("follows no symbolic link at the part, its mark or the target", function()
    serve_cut(0)
    for _, name in ipairs { "clip.part.meta", "clip" } do
      os.execute(("ln -s %s/victim %s/%s"):format(folder, folder, name))
    end
    assert.equal(200, download().status)
    assert.is_true(read(path) == CLIP)
    assert.equal("file", lfs.symlinkattributes(path, "mode"))
    os.execute(("ln -s %s/victim %s.part"):format(folder, path))
    assert.equal("system", word_of(download()))
    assert.is_nil(read(folder .. "/victim"))
  end)

  it("writes to nothing but a regular file", function()
    serve_cut(0)
    os.execute("mkfifo " .. path .. ".part")
    assert.equal("system", word_of(download()))
  end)

  it("says that the disk is full, and goes on when it has space again", function()
    if not os.execute("mount -t tmpfs -o size=256k tmpfs " .. folder .. " 2>/dev/null") then
      pending "needs the right to mount"
    end
    finally(function() os.execute("umount " .. folder) end)
    serve_cut(0)
    local _, word, message = download()
    assert.equal("system", word)
    assert.matches("No space left", message)
    assert.is_nil(read(path))
    os.execute("mount -o remount,size=2m " .. folder)
    assert.equal(206, download().status)
    assert.is_true(read(path) == CLIP)
  end)
end)

describe("reel.core.http.download with public_only", function()
  it("refuses what resolves to this machine, and sends nothing there", function()
    serve_cut(0)
    for _, host in ipairs { "127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433" } do
      local url = ("http://%s:%d/"):format(host, server.port)
      assert.equal("forbidden", word_of(download { url = url, public_only = true }), host)
    end
    assert.same({}, server:lines())
    assert.equal("", files())
  end)

  it("refuses a connection that was opened without it", function()
    serve [[
      send(200, "Content-Length: 2\n", "ok")
      if c:read() then send(200, "Content-Length: 2\n", "no") end
    ]]
    assert.equal("ok", http.request({ url = server.url }).body)
    assert.equal("forbidden", word_of(download { public_only = true }))
    assert.same({ "GET /" }, server:lines())
  end)

  it("leaves names to a proxy but not addresses", function()
    serve_cut(0)
    http.configure { proxy = server.url }
    finally(function() http.configure {} end)
    local answer = download { url = "http://results.test/clip", public_only = true }
    assert.equal(200, answer.status)
    for _, host in ipairs { "10.0.0.1", "0x7f.1", "[::1]", "localhost" } do
      local url = "http://" .. host .. "/clip"
      assert.equal("forbidden", word_of(download { url = url, public_only = true }), host)
    end
    assert.same({ "GET http://results.test/clip" }, server:lines())
  end)
end)
