-- Forms (multipart/form-data), which a listener with a folder takes apart as they arrive.
local lfs = require "lfs"
require "reel.core"
local http = require "reel.core.http"
local job = require "reel.core.job"
local process = require "reel.core.process"
local server = require "reel.core.server"

local LIMIT <const> = 10
local TYPE <const> = "multipart/form-data; boundary=XX"

local undo = {} -- what the running test has to undo, in the order in which it was done

local function temporary_folder()
  local path = os.tmpname()
  os.remove(path)
  assert(lfs.mkdir(path))
  table.insert(undo, function() process.run { argv = { "rm", "-r", path } } end)
  return path
end

local function files_in(folder)
  local names = {}
  for name in lfs.dir(folder) do
    if not name:match("^%.") then names[#names + 1] = name end
  end
  return names
end

local function await(condition)
  local deadline = job.now() + LIMIT
  while not condition() and job.now() < deadline do job.sleep(0.01) end
  assert.is_true(condition())
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- What a handler sees of a form, with the content of its files in place of their paths.
local function seen_of(request)
  local seen = { fields = request.fields, files = {}, body = request.body }
  for name, file in pairs(request.files or {}) do
    seen.files[name] = { filename = file.filename, content = read(file.path) }
  end
  return seen
end

-- A listener that keeps what it sees in `seen`, one entry for each request.
local function listen(options)
  local listener = { folder = temporary_folder(), seen = {} }
  options = options or {}
  options.body_folder = listener.folder
  local opened = assert(server.listen(options))
  table.insert(undo, function() opened:close() end)
  listener.port = opened.port
  listener.url = ("http://127.0.0.1:%d/"):format(opened.port)
  job.spawn(function()
    for request in function() return (opened:accept()) end do
      table.insert(listener.seen, seen_of(request))
      request:respond {}
    end
  end)
  return listener
end

local function lines(...)
  return table.concat({ ... }, "\r\n")
end

local function part(disposition, content, more)
  return lines("--XX", "Content-Disposition: form-data; " .. disposition .. (more or ""), "",
    content, "")
end

local END <const> = "--XX--\r\n"

-- Posts a body; the status, and what the handler saw.
local function post(listener, body, content_type)
  local answer = assert(http.request {
    method = "POST", url = listener.url, body = body, timeout = LIMIT,
    headers = { "Content-Type: " .. (content_type or TYPE) },
  })
  return answer.status, listener.seen[#listener.seen]
end

-- The status; no file may be left, and the handler has seen nothing.
local function refusal_of(body, options)
  local listener = listen(options)
  local status, seen = post(listener, body)
  assert.is_nil(seen)
  await(function() return #files_in(listener.folder) == 0 end)
  return status
end

-- Runs a Lua client in another process; `socket` is connected, `send` sends a header and `body`.
local function client(listener, body, code)
  local prelude = [[
    local socket = require("socket").tcp()
    assert(socket:connect("127.0.0.1", %d))
    socket:settimeout(%d)
    socket:setoption("tcp-nodelay", true)
    local body = %q
    assert(socket:send("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: "
      .. #body .. "\r\n\r\n"))
  ]]
  return assert(process.run {
    argv = { "lua5.4", "-e", prelude:format(listener.port, LIMIT, body, TYPE) .. code },
    timeout = 2 * LIMIT,
  }).stdout
end

describe("a form", function()
  after_each(function()
    while #undo > 0 do table.remove(undo)() end
  end)

  it("has fields as texts and files in the folder, content untouched", function()
    local content = "one\r\ntwo --XX\r\n--X\0" .. ("\r\n--Y\255"):rep(30000)
    local status, seen = post(listen(),
      part('name="file"; filename="a.png"', content, "\r\nContent-Type: image/png")
      .. part('name="uploadPath"', "images") .. part('name="empty"', "") .. END)
    assert.equal(200, status)
    assert.same({
      fields = { uploadPath = "images", empty = "" },
      files = { file = { filename = "a.png", content = content } },
    }, seen)
  end)

  it("keeps a file in mode 0600 until the answer, and no longer", function()
    local folder, mode, count = temporary_folder(), nil, nil
    local opened <close> = assert(server.listen { body_folder = folder })
    job.spawn(function()
      local request = opened:accept()
      mode, count = lfs.attributes(request.files.file.path, "permissions"), #files_in(folder)
      assert(lfs.link(request.files.file.path, folder .. "/before"))
      request:respond {}
    end)
    post({ url = ("http://127.0.0.1:%d/"):format(opened.port), seen = {} },
      part('name="file"; filename="a"', "content") .. END)
    assert.same({ "rw-------", 1 }, { mode, count })
    await(function() return #files_in(folder) == 1 end)
    assert.same({ "before" }, files_in(folder))
  end)

  it("leaves a file that was moved", function()
    local folder = temporary_folder()
    local opened <close> = assert(server.listen { body_folder = folder })
    local serving = job.spawn(function()
      local request = opened:accept()
      os.rename(request.files.file.path, folder .. "/kept")
      request:respond {}
      opened:accept():respond {}
    end)
    local listener = { url = ("http://127.0.0.1:%d/"):format(opened.port), seen = {} }
    post(listener, part('name="file"; filename="a"', "content") .. END)
    post(listener, END)
    assert.is_true(serving:join(LIMIT))
    assert.same({ "kept" }, files_in(folder))
  end)

  it("may arrive in any pieces", function()
    local body = part('name="file"; filename="a"', "\r\n--X") .. part('name="a"', "\r") .. END
    local listener = listen()
    client(listener, body, [[
      for i = 1, #body do
        assert(socket:send(body:sub(i, i)))
        require("socket").sleep(0.002)
      end
      print(socket:receive("*l"))
    ]])
    assert.same({ {
      fields = { a = "\r" }, files = { file = { filename = "a", content = "\r\n--X" } },
    } }, listener.seen)
  end)

  it("counts the last of the parts with one name", function()
    local _, seen = post(listen(),
      part('name="a"', "1") .. part('name="a"', "") .. part('name="b"', "") .. part('name="b"', "2")
      .. part('name="f"; filename="x"', "long content") .. part('name="f"; filename="y"', "short")
      .. part('name="g"; filename="z"', "") .. part('name="g"', "text") .. END)
    assert.same({
      fields = { a = "", b = "2", g = "text" },
      files = { f = { filename = "y", content = "short" } },
    }, seen)
  end)

  it("may have a file of 0 bytes, and one without a name", function()
    local _, seen = post(listen(), part('name="file"; filename="a.png"', "")
      .. part('name="other"; filename=""', "x") .. END)
    assert.same({ fields = {}, files = {
      file = { filename = "a.png", content = "" }, other = { filename = "", content = "x" },
    } }, seen)
  end)

  it("takes a part without a file name for a field", function()
    local _, seen = post(listen(), part('name="file"', "content") .. END)
    assert.same({ fields = { file = "content" }, files = {} }, seen)
  end)

  for _, filename in ipairs { "../../etc/passwd", "/tmp/a.png", "C:\\a.png", "Schöne Grüße.png",
    "\255\254.png", "a%0d%0aX-Injected: 1.png", "a;b=c.png" } do
    it(("gives the file name %q as it came"):format(filename), function()
      local listener = listen()
      local disposition = ('name="file"; filename="%s"'):format(filename)
      local _, seen = post(listener, part(disposition, "x") .. END)
      assert.same({ file = { filename = filename, content = "x" } }, seen.files)
    end)
  end

  it("ends a file name at a line break, which so becomes no header", function()
    local _, seen = post(listen(),
      part('name="file"; filename="a\r\nContent-Disposition: form-data; name="b"', "x") .. END)
    assert.same({ fields = { file = "x" }, files = {} }, seen)
  end)

  it("may have a quoted boundary, a preamble, and no parts", function()
    local listener = listen()
    local _, seen = post(listener, "hello\r\n--a b\r\n"
      .. 'content-disposition: form-data; name="a"\r\n\r\n1\r\n--a b--',
      'Multipart/Form-Data; boundary="a b"')
    assert.same({ fields = { a = "1" }, files = {} }, seen)
    _, seen = post(listener, END)
    assert.same({ fields = {}, files = {} }, seen)
  end)

  for _, content_type in ipairs { "application/json", "multipart/form-data",
    "multipart/form-data; boundary=", 'multipart/form-data; boundary="',
    'multipart/form-data; boundary=""', 'multipart/form-data; boundary="X',
    "multipart/form-data; boundary=XX; charset=utf-8",
    "multipart/form-data; boundary=" .. ("X"):rep(71), "multipart/mixed; boundary=XX" } do
    it(("is a body like others with the type %s"):format(content_type), function()
      local status, seen = post(listen(), END, content_type)
      assert.same({ 200, { files = {}, body = END } }, { status, seen })
    end)
  end

  it("is a body like others where there is no folder", function()
    local opened <close> = assert(server.listen {})
    local body
    job.spawn(function()
      local request = opened:accept()
      body = request.body
      request:respond {}
    end)
    post({ url = ("http://127.0.0.1:%d/"):format(opened.port), seen = {} }, END)
    assert.equal(END, body)
  end)

  for _, case in ipairs {
    { "a part without end", part('name="f"; filename="a"', "cut") },
    { "a part without a name", lines("--XX", "Content-Type: a/b", "", "a", END) },
    { "a part with an empty name", part('name=""', "a") .. END },
    { "a name without quotes", part("name=a", "1") .. END },
    { "a header without end", lines("--XX", "Content-Type: text/plain") },
    { "a header line above 2 KiB", part(('name="%s"'):format(("x"):rep(2100)), "a") .. END },
    { "bytes after its end", END .. "more" },
    { "garbage after a boundary", "--XXY\r\n" },
  } do
    it("is refused with 400 for " .. case[1], function()
      assert.equal(400, refusal_of(case[2]))
    end)
  end

  it("leaves nothing when its client goes in the midst of a file", function()
    -- libmicrohttpd may miss the client's end after a short read; then the deadline ends it.
    local listener = listen { body_timeout = 3 }
    local body = part('name="file"; filename="a"', ("x"):rep(100000)) .. END
    local leaving = job.spawn(client, listener, body, [[
      assert(socket:send(body:sub(1, 50000)))
      socket:receive("*l")
    ]])
    await(function() return #files_in(listener.folder) == 1 end)
    leaving:cancel()
    await(function() return #files_in(listener.folder) == 0 end)
    assert.same({}, listener.seen)
  end)

  it("leaves nothing when its listener closes in the midst of a file", function()
    local folder = temporary_folder()
    local opened = assert(server.listen { body_folder = folder })
    local body = part('name="file"; filename="a"', ("x"):rep(100000)) .. END
    job.spawn(client, opened, body, [[
      assert(socket:send(body:sub(1, 50000)))
      socket:receive("*l")
    ]])
    await(function() return #files_in(folder) == 1 end)
    opened:close()
    await(function() return #files_in(folder) == 0 end)
  end)

  it("is refused with 413 for 10,000 tiny parts", function()
    local fields, uploads = {}, {}
    for i = 1, 10000 do
      fields[i] = part(('name="%d"'):format(i), "")
      uploads[i] = part(('name="%d"; filename=""'):format(i), "")
    end
    local options = { max_body = 1 << 24 }
    assert.equal(413, refusal_of(table.concat(fields) .. END, options))
    assert.equal(413, refusal_of(table.concat(uploads) .. END, options))
    assert.equal(413, refusal_of(part('name="a"; filename=""', "x"):rep(10000) .. END, options))
  end)

  it("has at most 32 parts", function()
    assert.equal(200, (post(listen(), part('name="a"', "x"):rep(32) .. END)))
    assert.equal(413, refusal_of(part('name="a"', "x"):rep(33) .. END))
  end)

  it("counts a part once, also when its content comes in pieces", function()
    local body = part('name="file"; filename="a"', "content"):rep(32) .. END
    local listener = listen()
    local status = client(listener, body, [[
      for piece in body:gmatch(".-\r\n\r\nco") do
        assert(socket:send(piece))
        require("socket").sleep(0.005)
      end
      assert(socket:send(body:match(".*\r\n\r\nco(.*)")))
      io.write(socket:receive("*l"))
    ]])
    assert.equal("HTTP/1.1 200 OK", status)
    assert.same({ { fields = {}, files = { file = { filename = "a", content = "content" } } } },
      listener.seen)
  end)

  it("has at most 64 KiB of names and fields", function()
    local rest = 64 * 1024 - #"a\0"
    local listener = listen()
    local status, seen = post(listener, part('name="a"', ("x"):rep(rest)):rep(2) .. END)
    assert.same({ 200, rest }, { status, #seen.fields.a })
    assert.equal(413, refusal_of(part('name="a"', ("x"):rep(rest + 1)) .. END))
    assert.equal(413, refusal_of(part('name="b"', "") .. part('name="a"', ("x"):rep(rest)) .. END))
  end)

  it("is refused with 413 above max_body, announced or not", function()
    local body = part('name="file"; filename="a"', ("x"):rep(100000)) .. END
    assert.equal(200, (post(listen { max_body = #body }, body)))
    assert.equal(413, refusal_of(body, { max_body = #body - 1 }))
    local listener = listen { max_body = #body - 1 }
    local path = temporary_folder() .. "/body"
    do
      local file <close> = assert(io.open(path, "wb"))
      file:write(body)
    end
    local result = assert(process.run { timeout = 2 * LIMIT, argv = { "curl", "-sS",
      "--max-time", tostring(LIMIT), "-o", "/dev/null", "-w", "%{http_code}",
      "-H", "Content-Type: " .. TYPE, "-H", "Transfer-Encoding: chunked",
      "--data-binary", "@" .. path, listener.url } })
    assert.same({ "413", {} }, { result.stdout, listener.seen })
  end)

  it("is refused with 500 when its folder is gone", function()
    local listener = listen()
    assert(lfs.rmdir(listener.folder))
    local status = post(listener, part('name="file"; filename="a"', "x") .. END)
    assert(lfs.mkdir(listener.folder))
    assert.equal(500, status)
  end)
end)
