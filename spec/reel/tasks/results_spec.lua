local digest = require "reel.core" and require "reel.core.digest"
local fake = require "support.fake"
local fresh_reel = require "support.fresh_reel"
local http = require "reel.core.http"
local in_job = require "support.in_job"
local job = require "reel.core.job"
local journal_stub = require "support.journal_stub"
local lfs = require "lfs"

local KEY <const> = "key-of-a-spec"
local CLIP <const> = "\0\0\0\24ftypisom" .. ("0123456789abcdef"):rep(20000)

local folder, server, journal, keep, fetch, log

-- A vendor and its files in one. `answer` is a function body that gets the connection, the request,
-- its number among those for the same path, and `send(status, headers, body)`.
local function serve(answer)
  server = fake.start(([[
    local CLIP = "\0\0\0\24ftypisom" .. ("0123456789abcdef"):rep(20000)
    local counts = {}
    local function answer(c, request, n, send, from)
      %s
    end
    return function(c)
      local request = c:read()
      while request and not c.closed do
        local path = request.target:match("^[^?]*")
        counts[path] = (counts[path] or 0) + 1
        answer(c, request, counts[path], function(status, headers, body, length)
          c:send(("HTTP/1.1 %%d Scripted\r\nContent-Length: %%d\r\n%%s\r\n%%s"):format(
            status, length or #body, headers, body))
        end, tonumber(request.head:match("Range: bytes=(%%d+)%%-")))
        request = not c.closed and c:read()
      end
    end]]):format(answer))
  return server
end

-- Modules as in a new process, with a journal in memory, for a vendor at this URL.
local function start(base_url, settings)
  fresh_reel()
  local config = require "reel.config"
  local session = require "reel.session"
  config.start({}, folder)
  session.journal = function() return journal end
  settings = settings or {}
  settings.base_url, settings.api_key = base_url, KEY
  config.configure(settings)
  keep, fetch, log = require "reel.tasks.results", require "reel.tasks.download",
    require "reel.base.log"
  log.set_sink(function() end)
  fetch.schedule = { tries = 5, first = 0.01, max = 0.05 }
end

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
  assert(os.execute(("mkdir -m 700 %s/.reel"):format(folder)))
  journal = journal_stub()
end)

after_each(function()
  if server then server:stop() end
  server = nil
  http.configure {}
  os.execute("rm -rf " .. folder)
end)

local function task_of(url, id)
  return { id = id or "task1", urls = { url or server.url .. "/clip" } }
end

local function file(task, place)
  return in_job(keep.file, task or task_of(), place or 1)
end

local function failure(...)
  local ok, err = pcall(file, ...)
  assert.is_false(ok)
  return err
end

local function read(path)
  local handle <close> = io.open(path, "rb")
  return handle and handle:read "a"
end

local function kept()
  local names = {}
  for name in lfs.dir(folder .. "/.reel/media") do
    if not name:find("^%.+$") then names[#names + 1] = name end
  end
  table.sort(names)
  return table.concat(names, " ")
end

local SERVE_CLIP <const> = [[send(200, 'ETag: "one"\r\n', CLIP)]]

describe("reel.tasks.results", function()
  it("keeps a result under its task's name, in a folder that is the owner's alone", function()
    serve(SERVE_CLIP)
    start(server.url)
    local path = file()
    assert.equal(folder .. "/.reel/media/task1-1.mp4", path)
    assert.is_true(read(path) == CLIP)
    assert.equal("rwx------", lfs.attributes(folder .. "/.reel/media", "permissions"))
    assert.same({ { task_id = "task1", place = 1, url = server.url .. "/clip",
      file = "task1-1.mp4", sha256 = digest.sha256(CLIP), bytes = #CLIP } }, journal.rows)
    assert.same({ "GET /clip" }, server:lines())
  end)

  it("fetches nothing in a later run", function()
    serve(SERVE_CLIP)
    start(server.url)
    local path = file()
    start(server.url)
    assert.equal(path, file())
    journal = journal_stub() -- as if the run had ended before the row was written
    start(server.url)
    assert.equal(path, file())
    assert.equal(1, #journal.rows)
    assert.same({ "GET /clip" }, server:lines())
  end)

  it("fetches again what is gone or was cut", function()
    serve(SERVE_CLIP)
    start(server.url)
    local path = file()
    os.remove(path)
    start(server.url)
    assert.equal(path, file())
    assert.equal(2, #server:lines())
  end)

  -- Changes a kept file, but not its size. `later`: seconds of its date after the change.
  local function damage(path, later)
    local handle <close> = assert(io.open(path, "r+b"))
    handle:seek("set", 100)
    handle:write("damage")
    handle:close()
    assert(lfs.touch(path, os.time() + later, os.time() + later))
  end

  local function look(task)
    keep.start(task)
    in_job(keep.finish, 10)
    return #server:lines()
  end

  it("reads a kept file of the same size and date only when it is used", function()
    serve(SERVE_CLIP)
    start(server.url)
    local path = file()
    damage(path, -10)
    start(server.url)
    local task = task_of()
    assert.equal(1, look(task))
    assert.equal(path, file(task))
    assert.equal(2, #server:lines())
    assert.equal(digest.sha256(CLIP), digest.sha256_file(path))
  end)

  it("fetches again what has a later date or another size, before it is used", function()
    serve(SERVE_CLIP)
    start(server.url)
    local path = file()
    damage(path, 10)
    start(server.url)
    assert.equal(2, look(task_of()))
    assert(os.execute(("truncate -s 200 %s && touch -d @1000000000 %s"):format(path, path)))
    start(server.url)
    assert.equal(3, look(task_of()))
  end)

  it("fetches again what was changed, and keeps the changed file aside", function()
    serve(SERVE_CLIP)
    start(server.url)
    local path = file()
    local handle = assert(io.open(path, "r+b"))
    handle:seek("set", 100)
    handle:write("damage")
    handle:close()
    start(server.url)
    assert.equal(path, file())
    assert.equal(digest.sha256(CLIP), digest.sha256_file(path))
    assert.equal("file", lfs.attributes(path .. ".damaged", "mode"))
    assert.equal(2, #server:lines())
  end)

  it("does not read a file that has another size than the journal says, however large", function()
    serve(SERVE_CLIP)
    start(server.url)
    local path = file()
    assert(os.execute("truncate -s 1T " .. path))
    start(server.url)
    assert.equal(path, file())
    assert.equal(digest.sha256(CLIP), digest.sha256_file(path))
  end)

  it("fetches in the background, and who asks waits for that", function()
    serve(SERVE_CLIP)
    start(server.url)
    local task = task_of()
    keep.start(task)
    keep.start(task)
    file(task)
    keep.start(task)
    assert.is_true(in_job(keep.finish, 5))
    assert.same({ "GET /clip" }, server:lines())
  end)

  it("fetches at most four at once", function()
    serve [[
      c.open = true
      OPEN = (OPEN or 0) + 1
      MOST = math.max(MOST or 0, OPEN)
      c:sleep(0.03)
      OPEN = OPEN - 1
      c:note(tostring(MOST))
      send(200, "", CLIP)
    ]]
    start(server.url)
    for i = 1, 9 do keep.start(task_of(server.url .. "/" .. i, "task" .. i)) end
    assert.is_true(in_job(keep.finish, 5))
    local notes = server:notes()
    assert.same({ 9, "4" }, { #notes, notes[9].note })
  end)

  it("ends with the right bytes after three cuts, asking only for what is missing", function()
    serve [[
      local rest = CLIP:sub((from or 0) + 1)
      local headers = 'ETag: "one"\r\n' .. (from and
        ("Content-Range: bytes %d-%d/%d\r\n"):format(from, #CLIP - 1, #CLIP) or "")
      send(from and 206 or 200, headers, n <= 3 and rest:sub(1, 70000) or rest, #rest)
      if n <= 3 then c:close() end
    ]]
    start(server.url)
    assert.equal(digest.sha256(CLIP), digest.sha256_file(file()))
    local ranges = {}
    for i, request in ipairs(server:requests()) do
      ranges[i] = request.head:match("\r\nRange: (.-)\r\n") or "whole"
    end
    assert.same({ "whole", "bytes=70000-", "bytes=140000-", "bytes=210000-" }, ranges)
    assert.equal("task1-1.mp4", kept())
  end)

  it("goes on in a later run with what one left", function()
    serve [[
      if from then
        local range = ("Content-Range: bytes %d-%d/%d\r\n"):format(from, #CLIP - 1, #CLIP)
        send(206, 'ETag: "one"\r\n' .. range, CLIP:sub(from + 1))
      else
        send(200, 'ETag: "one"\r\n', CLIP:sub(1, 70000), #CLIP)
        c:close()
      end
    ]]
    start(server.url)
    fetch.schedule.tries = 1
    assert.equal("download", failure().kind)
    assert.equal("task1-1.part task1-1.part.meta", kept())
    start(server.url)
    assert.is_true(read(file()) == CLIP)
    assert.matches("Range: bytes=70000-", server:requests()[2].head, 1, true)
  end)

  for _, status in ipairs { 408, 429, 500, 503 } do
    it("tries again after HTTP " .. status, function()
      serve(([[if n <= 4 then send(%d, "", "") else send(200, "", CLIP) end]]):format(status))
      start(server.url)
      assert.is_true(read(file()) == CLIP)
    end)
  end

  it("gives up after so many tries, and begins anew when asked again", function()
    serve [[if n <= 5 then send(503, "", "") else send(200, "", CLIP) end]]
    start(server.url)
    local task = task_of()
    local err = failure(task)
    assert.same({ "download", "task1", "yes", 503, true },
      { err.kind, err.task_id, err.billed, err.http_status, err.retryable })
    assert.matches("HTTP 503 %(5 tries%)", err.message)
    assert.is_true(read(file(task)) == CLIP)
  end)

  it("logs what failed in the background, once, without a key", function()
    serve [[send(418, "", "")]]
    start(server.url)
    local lines = {}
    log.set_sink(function(level, text) lines[#lines + 1] = level .. " " .. text end)
    keep.start(task_of())
    assert.is_true(in_job(keep.finish, 5))
    assert.same({ "warn cannot fetch result 1 of task task1: the server answered HTTP 418" }, lines)
    assert.same({}, job.failures())
  end)
end)

describe("reel.keep, when a link has expired,", function()
  local RECORD <const> = [[
    if request.target:find("recordInfo", 1, true) then
      send(200, "", ('{"code":200,"data":{"taskId":"task1","model":"m","state":"success",'
        .. '"resultJson":"{\\"resultUrls\\":[\\"http://%s%s\\"]}"}}'):format(
        request.head:match("Host: (.-)\r\n"), FRESH))
      return
    end
  ]]

  for _, status in ipairs { 403, 404, 410 } do
    it("takes a fresh one from the record (HTTP " .. status .. ")", function()
      serve("local FRESH = '/fresh'" .. RECORD .. ([[
        if request.target == "/fresh" then send(200, "", CLIP) else send(%d, "", "gone") end
      ]]):format(status))
      start(server.url)
      assert.is_true(read(file()) == CLIP)
      assert.same({ "GET /clip", "GET /api/v1/jobs/recordInfo?taskId=task1", "GET /fresh" },
        server:lines())
    end)
  end

  it("asks for a link that lasts twenty minutes", function()
    serve("local FRESH = '/clip'" .. RECORD .. [[
      if request.target == "/api/v1/common/download-url" then
        local body = '{"code":200,"msg":"success","data":"%s"}'
        send(200, "", body:format(request.body:match('"url":"(.-)"'):gsub("clip", "temporary")))
      elseif request.target == "/temporary" then
        send(200, "", CLIP)
      else
        send(404, "", "gone")
      end
    ]])
    start(server.url)
    assert.is_true(read(file()) == CLIP)
    assert.same({ "GET /clip", "GET /api/v1/jobs/recordInfo?taskId=task1",
      "POST /api/v1/common/download-url", "GET /temporary" }, server:lines())
    assert.equal('{"url":"' .. server.url .. '/clip"}', server:requests()[3].body)
  end)

  it("tells that the result is no longer kept", function()
    serve("local FRESH = '/clip'" .. RECORD .. [[
      if request.target:find("download-url", 1, true) then
        send(200, "", '{"code":422,"msg":"The url is invalid"}')
      else
        send(404, "", "gone")
      end
    ]])
    start(server.url)
    local err = failure()
    assert.same({ "expired", "task1", "yes", false },
      { err.kind, err.task_id, err.billed, err.retryable })
  end)

  it("does not take a vendor that answers nothing for one that has nothing", function()
    serve [[
      if request.target == "/clip" then send(403, "", "") else send(502, "", "<html>") end
    ]]
    start(server.url)
    assert.equal("download", failure().kind)
  end)

  it("finds the files of a service that has moved to another port", function()
    serve("local FRESH = '/fresh'" .. RECORD .. [[send(200, "", CLIP)]])
    start(server.url)
    assert.is_true(read(file(task_of(fake.refusing_url() .. "/clip"))) == CLIP)
  end)
end)

describe("reel.keep, of what is no result,", function()
  local contents = {
    { "a page of HTML", "<!DOCTYPE html><html>" }, { "JSON", ' {"code": 500}' }, { "nothing", "" },
    { "a gzip bomb", "\x1F\x8B\8\0\0\0\0\0\0\3" },
  }
  for _, entry in ipairs(contents) do
    local name, content = table.unpack(entry)
    it("refuses " .. name, function()
      serve(([[send(200, "Content-Encoding: gzip\r\nContent-Type: video/mp4\r\n", %q)]])
        :format(content))
      start(server.url)
      assert.equal("download", failure().kind)
      assert.equal("", kept())
      assert.equal(0, #journal.rows)
    end)
  end

  it("lets no name of the network choose the path", function()
    serve [[
      local name = 'Content-Disposition: attachment; filename="../../../evil.sh"\r\n'
      send(200, name, "\137PNG\r\n\26\n")
    ]]
    start(server.url)
    local path = file(task_of(server.url .. "/../../%2e%2e/evil.sh", "../../evil"))
    assert.equal(folder .. "/.reel/media/" .. digest.sha256("../../evil"):sub(1, 32) .. "-1.png",
      path)
    assert.is_nil(lfs.attributes(folder .. "/evil.sh"))
  end)

  it("follows no symbolic link in its folder", function()
    serve(SERVE_CLIP)
    start(server.url)
    assert(lfs.mkdir(folder .. "/.reel/media"))
    os.execute(("ln -s %s/victim %s/.reel/media/task1-1.part"):format(folder, folder))
    assert.equal("download", failure().kind)
    os.remove(folder .. "/.reel/media/task1-1.part")
    os.execute(("ln -s %s/victim %s/.reel/media/task1-1.mp4"):format(folder, folder))
    assert.equal("file", lfs.symlinkattributes(file(), "mode"))
    assert.is_nil(read(folder .. "/victim"))
  end)

  it("uses and renames no file that the journal names elsewhere", function()
    serve(SERVE_CLIP)
    start(server.url)
    local handle <close> = assert(io.open(folder .. "/.reel/victim", "wb"))
    handle:write("precious")
    handle:flush()
    for i, name in ipairs { "../victim", "..", ".", "", "a\0b", "\27[2J", ("x"):rep(300) } do
      local task = task_of(nil, "task" .. i)
      journal.rows[i] = { task_id = task.id, place = 1, url = task.urls[1], file = name,
        sha256 = "0", bytes = 8 }
      journal.stored_ms[journal.rows[i]] = 0
      assert.equal(("%s/.reel/media/task%d-1.mp4"):format(folder, i), file(task))
    end
    assert.equal("precious", read(folder .. "/.reel/victim"))
    assert.is_nil(kept():find("damaged", 1, true))
  end)
end)

describe("reel.keep, about where links lead,", function()
  it("sends the key to no host of results, not even on a redirect", function()
    serve [[
      if n == 1 and request.target == "/clip" then send(302, "Location: other\r\n", "")
      else send(200, "", CLIP) end
    ]]
    start(server.url)
    file()
    assert.same({ "GET /clip", "GET /other" }, server:lines())
    for _, request in ipairs(server:requests()) do
      assert.is_nil(request.head:find(KEY, 1, true))
      assert.is_nil(request.head:lower():find("authorization", 1, true))
    end
  end)

  it("follows three redirects and no more", function()
    serve [[
      local n = tonumber(request.target:match("%d"))
      if n == 0 then send(200, "", CLIP) else send(307, "Location: /" .. n - 1 .. "\r\n", "") end
    ]]
    start(server.url)
    assert.is_true(read(file(task_of(server.url .. "/3"))) == CLIP)
    local err = failure(task_of(server.url .. "/4", "task2"))
    assert.same({ "download", "cannot fetch result 1 of task task2: more than 3 redirects" },
      { err.kind, err.message })
  end)

  it("refuses a link to a private address unless the vendor has one itself", function()
    serve(SERVE_CLIP)
    start("http://vendor.invalid")
    local err = failure()
    assert.equal("download", err.kind)
    assert.matches("not public", err.message)
    assert.same({}, server:lines())
  end)

  it("refuses a redirect to a private address", function()
    serve [[send(302, "Location: http://169.254.169.254/latest/meta-data\r\n", "")]]
    start("http://vendor.invalid", { proxy = server.url })
    assert.matches("not public", failure(task_of "http://results.invalid/clip").message)
    assert.same({ "GET http://results.invalid/clip" }, server:lines())
  end)

  it("goes by the proxy", function()
    serve(SERVE_CLIP)
    start("http://vendor.invalid", { proxy = server.url })
    assert.is_true(read(file(task_of "http://results.invalid/clip")) == CLIP)
    assert.same({ "GET http://results.invalid/clip" }, server:lines())
  end)

  describe("over TLS,", function()
    local pid, pipe

    -- A server whose certificate is signed by itself, for files that are whole answers.
    local function serve_tls(answer)
      os.execute(("cd %s && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem "
        .. "-days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null")
        :format(folder))
      local handle <close> = assert(io.open(folder .. "/clip", "wb"))
      handle:write(answer)
      pipe = io.popen(("cd %s && echo $$ && exec timeout 20 stdbuf -oL openssl s_server "
        .. "-HTTP -accept 127.0.0.1:0 -key key.pem -cert ca.pem 2>&1 </dev/null"):format(folder))
      pid = pipe:read("l")
      for line in pipe:lines() do
        local port = line:match("^ACCEPT 127%.0%.0%.1:(%d+)")
        if port then return "https://127.0.0.1:" .. port end
      end
      error("openssl s_server did not start")
    end

    after_each(function()
      os.execute("kill " .. pid)
      pipe:close()
    end)

    it("trusts the configured certificates and no others", function()
      local url <const> = serve_tls("HTTP/1.0 200 OK\r\n\r\n" .. CLIP)
      start(url, { ca_file = folder .. "/ca.pem" })
      assert.is_true(read(file(task_of(url .. "/clip"))) == CLIP)
      start(url)
      fetch.schedule.tries = 2
      assert.matches("certificate", failure(task_of(url .. "/clip", "task2")).message)
    end)

    it("refuses to go from https to http", function()
      local url <const> = serve_tls("HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n")
      start(url, { ca_file = folder .. "/ca.pem" })
      assert.matches("a redirect from https to http",
        failure(task_of(url .. "/clip", "task3")).message)
    end)
  end)
end)
