local fake = require "support.fake"
local fresh_reel = require "support.fresh_reel"
local in_job = require "support.in_job"
local job = require "reel.core.job"
local journal_stub = require "support.journal_stub"
local lfs = require "lfs"

local PNG <const> = "\137PNG\r\n\26\n"

local folder, server, journal, upload, uploads

local function start(settings)
  fresh_reel()
  local config = require "reel.config"
  local session = require "reel.session"
  config.start({}, folder)
  session.journal = function() return journal end
  settings = settings or {}
  settings.base_url, settings.api_key = server.url, "key-of-a-spec"
  config.configure(settings)
  upload, uploads = require "reel.vendor.upload", require "reel.pay.uploads"
end

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
  journal = journal_stub()
  server = fake.start [[
    local count = 0
    return function(c)
      while c:read() do
        count = count + 1
        c:answer(200, '{"code":200,"data":{"downloadUrl":"https://up.example/' .. count .. '"}}')
      end
    end]]
  start()
end)

after_each(function()
  server:stop()
  os.execute("rm -rf " .. folder)
end)

local function write(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(text)
  return folder .. "/" .. name
end

local function url_of(path)
  return in_job(function() return uploads.url_of(assert(upload.inspect(path))) end)
end

local function count()
  return #server:requests()
end

describe("reel.pay.uploads", function()
  it("sends a content once, whatever its name, in this run and the next", function()
    local url = url_of(write("a.png", PNG))
    assert.equal("https://up.example/1", url)
    assert.equal(url, url_of(write("b.png", PNG)))
    start()
    assert.equal(url, url_of(write("a.png", PNG)))
    assert.equal(1, count())
    assert.equal("https://up.example/2", url_of(write("a.png", PNG .. "other")))
  end)

  it("sends it once for jobs that ask at the same time", function()
    local file = upload.inspect(write("a.png", PNG))
    local jobs = {}
    for i = 1, 5 do jobs[i] = job.spawn(uploads.url_of, file) end
    for _, each in ipairs(jobs) do
      assert.is_true(each:join(5))
      assert.equal("https://up.example/1", (each:result()))
    end
    assert.equal(1, count())
  end)

  it("sends it again before the vendor has thrown it away", function()
    url_of(write("a.png", PNG))
    local _, row = next(journal.uploads)
    local days = (row.expires_ms / 1000 - os.time()) / 86400
    assert.is_true(days > 2.5 and days < 3)
    row.expires_ms = os.time() * 1000 - 1
    assert.equal("https://up.example/2", url_of(folder .. "/a.png"))
  end)

  it("asks another upload host anew", function()
    url_of(write("a.png", PNG))
    local other = server.url:gsub("127%.0%.0%.1", "localhost")
    start { upload_url = other }
    assert.equal("https://up.example/2", url_of(folder .. "/a.png"))
  end)

  it("names the file by its content, never twice the same", function()
    local path = write('evil";name\r\n.jpg', PNG)
    url_of(path)
    journal.uploads = {}
    url_of(path)
    local names = {}
    for i, request in ipairs(server:requests()) do
      names[i] = request.body:match('filename="(.-)"')
      assert.matches("^%x+%-%x+%.png$", names[i])
      assert.matches("Authorization: Bearer key-of-a-spec", request.head, 1, true)
    end
    assert.are_not.equal(names[1], names[2])
  end)

  it("refuses a picture that is too large, before anything is sent", function()
    local path = write("a.png", PNG)
    os.execute(("truncate -s %d %s"):format(10 * 1024 * 1024, path))
    assert.is_truthy(in_job(upload.inspect, path))
    os.execute(("truncate -s %d %s"):format(10 * 1024 * 1024 + 1, path))
    local file, err = in_job(upload.inspect, path)
    assert.same({ nil, "invalid" }, { file, err.kind })
    assert.equal(0, count())
  end)

  it("tells why an upload failed, and forgets nothing good for it", function()
    server:stop()
    local file = upload.inspect(write("a.png", PNG))
    local url, err = in_job(uploads.url_of, file)
    assert.is_nil(url)
    assert.is_nil(err.message:find("key-of-a-spec", 1, true))
    assert.is_nil(next(journal.uploads))
  end)
end)
