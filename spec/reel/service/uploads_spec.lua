require "reel.core"
local client = require "support.service_client"
local digest = require "reel.core.digest"
local http = require "reel.core.http"
local job = require "reel.core.job"
local json = require "reel.base.json"
local lfs = require "lfs"

local PNG <const> = "\137PNG\r\n\26\n" .. ("x"):rep(100)

local function temporary_file(content)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  file:write(content)
  return path
end

local function files_in(folder)
  local names = {}
  for name in lfs.dir(folder) do
    if not name:match("^%.") then names[#names + 1] = name end
  end
  return names
end

describe("reel.service uploads", function()
  local service
  setup(function() service = client.start() end)
  teardown(function() client.finish(service) end)

  local function stream(content, fields)
    local path = temporary_file(content)
    local answer = assert(http.upload {
      url = service.url .. "/api/file-stream-upload", headers = { "Authorization: Bearer k" },
      file = path, field = "file", filename = "photo.png", content_type = "image/png",
      fields = fields, timeout = 20,
    })
    os.remove(path)
    return json.decode(answer.body)
  end

  -- A form with one part.
  local function form(disposition)
    return (client.request(service, "POST", "/api/file-stream-upload", {
      headers = { "Content-Type: multipart/form-data; boundary=XX" },
      body = table.concat({ "--XX", "Content-Disposition: form-data; " .. disposition, "", "x",
        "--XX--", "" }, "\r\n"),
    }))
  end

  local function base64(fields)
    return client.post(service, "/api/file-base64-upload", fields)
  end

  local function download(url)
    return assert(http.request { url = url, timeout = 10, max_body = 4 * 1024 * 1024 })
  end

  it("keep a streamed file under its name and serve it without a key", function()
    local answer = stream(PNG, { { "uploadPath", "images/mine" }, { "fileName", "ship.png" } })
    local data = answer.data
    assert.is_true(answer.success)
    assert.equal(200, answer.code)
    assert.same({ success = true, fileName = "ship.png", fileSize = #PNG, mimeType = "image/png",
      filePath = "uploads/images/mine/ship.png", uploadedAt = data.uploadedAt,
      downloadUrl = service.url .. "/files/uploads/images/mine/ship.png" }, data)
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.000Z$", data.uploadedAt)

    local file = download(data.downloadUrl)
    assert.equal(PNG, file.body)
    assert.equal("image/png", file.headers["content-type"])
  end)

  it("take a file of a megabyte byte for byte", function()
    local content = digest.random(1024 * 1024)
    assert.equal(content, download(stream(content).data.downloadUrl).body)
  end)

  it("make up a unique name with the file's extension", function()
    local first, second = stream(PNG).data, stream(PNG).data
    assert.matches("^%x+%.png$", first.fileName)
    assert.not_equal(first.fileName, second.fileName)
  end)

  it("overwrite a file of the same name", function()
    local fields = { { "fileName", "same.png" } }
    stream("one", fields)
    assert.equal("two", download(stream("two", fields).data.downloadUrl).body)
  end)

  it("take base64, plain or as a data URL", function()
    local text = digest.base64(PNG)
    local plain = base64 { base64Data = text, fileName = "a.png", uploadPath = "images" }.data
    local url = base64 { base64Data = "data:image/png;base64," .. text }.data
    assert.equal(PNG, download(plain.downloadUrl).body)
    assert.equal(PNG, download(url.downloadUrl).body)
    assert.matches("%.png$", url.fileName)
  end)

  it("refuse names that lead elsewhere", function()
    for _, name in ipairs { "../a.png", "a/b.png", ".hidden", "a b.png", "a\0.png" } do
      assert.equal(422, base64 { base64Data = "eA==", fileName = name }.code)
    end
    for _, folder in ipairs { ("d/"):rep(9), "..", "a/../../b", "/./a" } do
      assert.equal(422, base64 { base64Data = "eA==", uploadPath = folder }.code)
    end
  end)

  it("take no more of the client's file name than its extension", function()
    for filename, extension in pairs {
      ["../../etc/a.png"] = "png", ["C:\\a.mp4"] = "mp4", ["Grüße.jpg"] = "jpg", ["a.grün"] = "bin",
      ["a"] = "bin", [""] = "bin", [".webp"] = "webp",
    } do
      local answer = form(('name="file"; filename="%s"'):format(filename))
      assert.matches("^%x+%." .. extension .. "$", answer.data.fileName)
    end
  end)

  it("leave nothing of a request that was refused", function()
    for _, fields in ipairs { { { "fileName", "../a.png" } }, { { "uploadPath", ".." } } } do
      assert.equal(422, stream(PNG, fields).code)
    end
    local incoming = service._store.incoming:path()
    local deadline = job.now() + 10
    while #files_in(incoming) > 0 and job.now() < deadline do job.sleep(0.01) end
    assert.same({}, files_in(incoming))
  end)

  it("arrive in a folder outside of the service's, which goes with it", function()
    local other = client.start()
    local incoming = other._store.incoming:path()
    assert.is_nil(incoming:find(other.root, 1, true))
    assert.equal("rwx------", lfs.attributes(incoming, "permissions"))
    client.finish(other)
    assert.is_nil(lfs.attributes(incoming))
  end)

  it("do not go through a link that lies in the service's folder", function()
    local victim = client.new_root()
    assert(lfs.mkdir(victim))
    finally(function() client.remove_root(victim) end)
    local place = service.root .. "/files/uploads/"
    lfs.link(victim, place .. "elsewhere", true)
    lfs.link(victim .. "/file", place .. "up.png.part", true)
    lfs.link(victim .. "/file", place .. "b.png", true)
    assert.equal(500, base64({ base64Data = "eA==", uploadPath = "elsewhere" }).code)
    assert.equal(500, stream("x", { { "fileName", "up.png" } }).code)
    assert.equal(200, base64({ base64Data = "eA==", fileName = "b.png" }).code)
    assert.same({}, files_in(victim))
    assert.equal("file", lfs.symlinkattributes(place .. "b.png", "mode"))
  end)

  it("go at most eight folders deep", function()
    local path = ("d/"):rep(8)
    assert.equal(200, base64({ base64Data = "eA==", uploadPath = path }).code)
    assert.equal(422, base64({ base64Data = "eA==", uploadPath = path .. "d" }).code)
    assert.equal(422, base64({ base64Data = "eA==", uploadPath = ("d/"):rep(1500) }).code)
  end)

  it("refuse what has no file in it", function()
    assert.same({ success = false, code = 422, msg = "file: This field is required",
      data = json.null }, form 'name="file"')
    assert.equal(422, base64({}).code)
    assert.equal(422, base64({ base64Data = "!" }).code)
    assert.equal(422, base64("no JSON").code)
    assert.equal(422, client.post(service, "/api/file-stream-upload", "no form").code)
  end)

  it("need the key", function()
    local answer = http.request { method = "POST", url = service.url .. "/api/file-base64-upload",
      body = "{}", timeout = 10 }
    assert.equal(401, json.decode(answer.body).code)
  end)
end)

describe("reel.service files", function()
  local service, path
  setup(function()
    service = client.start()
    local url = client.result(client.finished(service, "a fox")).resultUrls[1]
    path = url:sub(#service.url + 1)
  end)
  teardown(function() client.finish(service) end)

  it("give the range that a player asks for", function()
    local _, whole = client.get(service, path)
    local _, part = client.get(service, path, { headers = { "Range: bytes=4-11" } })
    assert.equal(206, part.status)
    assert.equal("ftypisom", part.body)
    assert.equal(("bytes 4-11/%d"):format(#whole.body), part.headers["content-range"])
    local _, outside = client.get(service, path, { headers = { "Range: bytes=9999999-" } })
    assert.equal(416, outside.status)
  end)

  it("are not served through a link in the folder", function()
    local place, other = service.root .. "/files", client.new_root()
    assert(lfs.mkdir(other))
    finally(function() client.remove_root(other) end)
    local secret <close> = assert(io.open(other .. "/secret.txt", "w"))
    secret:write("secret")
    lfs.link(other .. "/secret.txt", place .. "/link.txt", true)
    lfs.link(other, place .. "/linked", true)
    for _, name in ipairs { "link.txt", "linked/secret.txt" } do
      assert.equal(404, select(2, client.get(service, "/files/" .. name)).status)
    end
  end)

  it("get a download link, and refuse others", function()
    local answer = client.post(service, "/api/v1/common/download-url",
      { url = service.url .. path })
    assert.same({ code = 200, msg = "success", data = service.url .. path }, answer)
    for _, url in ipairs { "https://video.example/a.mp4", service.url .. "/files/none.mp4", 5 } do
      assert.same({ code = 422, msg = "url is wrong", data = json.null },
        client.post(service, "/api/v1/common/download-url", { url = url }))
    end
  end)

  it("answer 404 to unknown paths, names that escape, and wrong methods", function()
    for _, unknown in ipairs { "/files/none.mp4", "/files/", "/files/uploads", "/nothing",
      "/files/../lock", "/files/%2e%2e/lock", "/files/..%2flock", "/api/v1/jobs" } do
      local body, answer = client.get(service, unknown)
      assert.equal(404, answer.status)
      assert.equal(404, body.code)
    end
    assert.equal(404, client.get(service, "/api/v1/jobs/createTask").code)
  end)
end)
