-- Recorded shapes of answers, as the vendor's hosts send them, read through the public functions.
local answer = require "reel.core" and require "reel.vendor.answers"
local failure = require "support.failure"
local fake = require "support.fake"
local fresh_reel = require "support.fresh_reel"
local lfs = require "lfs"
local records = require "support.records"
local vendor = require "support.vendor"

local it = require "support.bounded"(it)
local start = require "support.with_vendor"(function(stop) finally(stop) end)

local function record(state, result, times)
  return ([[{"code":200,"msg":"success","data":{
    "taskId":"5d41402abc4b2a76b9719d911017c592","model":"vendor/clip-2-fast","state":"%s",
    "param":"{\"input\":\"{\\\"duration\\\":4,\\\"web_search\\\":false,\\\"prompt\\\":]]
    .. [[\\\"A kite.\\\\n\\\\nIt rises.\\\"}\",\"model\":\"vendor/clip-2-fast\"}",
    "resultJson":"%s","failCode":null,"failMsg":null,%s,"createTime":1777000000000}}]])
    :format(state, result, times)
end

local PENDING <const> = '"costTime":null,"completeTime":null'

describe("a recorded answer", function()
  it("to a create and to queries makes a settled task", function()
    local reel, service = start { create = { { body = [[{"code":200,"msg":"success","data":{
      "taskId":"5d41402abc4b2a76b9719d911017c592",
      "recordId":"5d41402abc4b2a76b9719d911017c592"}}]] } } }
    local url = service.url .. "/files/kite.mp4"
    service:script("record", {
      { body = record("waiting", "", PENDING) }, { body = record("generating", "", PENDING) },
      { body = record("success", ('{\\"resultUrls\\":[\\"%s\\"]}'):format(url),
        '"costTime":188,"completeTime":1777000188500') },
    })
    reel.define_model { name = "vendor/clip-2-fast" }
    local states = {}
    local task = reel.create("vendor/clip-2-fast", { duration = 4 }):wait {
      on_progress = function(task) states[#states + 1] = task.state end,
    }
    assert.same({ "generating", "success" }, states)
    assert.same({
      id = "5d41402abc4b2a76b9719d911017c592", urls = { url }, elapsed = 188.5,
      request = { model = "vendor/clip-2-fast",
        input = { duration = 4, web_search = false, prompt = "A kite.\n\nIt rises." } },
    }, { id = task.id, urls = task.urls, elapsed = task.elapsed, request = task.request })
  end)

  it("of another vendor's finished task can be attached", function()
    local reel, service = start()
    local data = records.seconds:gsub("https://results.example", service.url .. "/files")
    service:script("record", { { body = '{"code":200,"msg":"success","data":' .. data .. "}" } })
    local task = reel.attach("5d41402abc4b2a76b9719d911017c592")
    assert.same({ "success", 188.5, "A kite\nover dunes" },
      { task.state, task.elapsed, task.input.prompt })
  end)

  it("to an upload gives the download URL and nothing else", function()
    local reel, service = start { upload = { { body = [[{"success":true,"code":200,
      "msg":"File uploaded successfully","data":{"success":true,"fileName":"1-a.jpg",
      "filePath":"kieai/0/images/1-a.jpg",
      "downloadUrl":"https://files.example/kieai/0/images/1-a.jpg","fileSize":12,
      "mimeType":"image/jpeg","uploadedAt":"2026-04-30T08:53:07.838Z"}}]] } } }
    local path = service.folder .. "/note.txt"
    local file <close> = assert(io.open(path, "wb"))
    file:write("hello world")
    file:flush()
    assert.equal("https://files.example/kieai/0/images/1-a.jpg", reel.upload(path))
    assert.matches("hello world", service:requests("upload")[1].body, 1, true)
    assert.equal("file", lfs.attributes(path, "mode"))
  end)

  it("with the balance keeps its fraction, and one without a fraction is fine", function()
    local reel = start { credit = { { body = '{"code":200,"msg":"success","data":5916.25}' },
      { body = '{"code":200,"msg":"success","data":12}' } } }
    assert.same({ 5916.25, 12 }, { reel.credits(), reel.credits() })
  end)

  it("that a URL is wrong is no value", function()
    local verdict = answer.value { status = 200, headers = {},
      body = '{"code":422,"msg":"url is wrong","data":null}' }
    assert.same({ "failed", 422 }, { verdict.class, verdict.code })
    assert.matches("url is wrong", verdict.message)
  end)
end)

describe("the API key", function()
  it("goes to the vendor's two origins and to no other host", function()
    local files, uploads = vendor.start { key = "x" }, vendor.start()
    finally(function()
      files:stop()
      uploads:stop()
    end)
    local reel, service = start(nil, { upload_url = uploads.url })
    service:control(function(s, arguments)
      s.outcome.resultJson = ('{"resultUrls":["%s/files/1.mp4"]}'):format(arguments[1])
    end, files.url)
    local picture = service.folder .. "/1.png"
    local file <close> = assert(io.open(picture, "wb"))
    file:write("\x89PNG\r\n\x1A\n")
    file:flush()
    reel.image_to_video({ prompt = "x", image_urls = { picture } }):save(service.folder .. "/clip")
    for _, place in ipairs { service, uploads } do
      for _, request in ipairs(place:requests()) do
        assert.matches("\r\nAuthorization: Bearer " .. service.key, request.head, 1, true)
      end
    end
    assert.equal(1, uploads:count())
    assert.equal(1, files:count())
    local request = files:requests()[1]
    assert.not_matches(service.key, request.head, 1, true)
    assert.not_matches("authorization", request.head:lower(), 1, true)
  end)

  it("does not follow redirects of queries, uploads and the balance", function()
    local other = vendor.start()
    finally(function() other:stop() end)
    local reel, service = start { redirect_to = other.url, credit = { "redirect_301" },
      upload = { "redirect_307" }, record = { "redirect_307" } }
    local path = service.folder .. "/1.png"
    local file <close> = assert(io.open(path, "wb"))
    file:write("\x89PNG\r\n\x1A\n")
    file:flush()
    assert.equal("server", failure(reel.credits).kind)
    assert.equal("server", failure(reel.upload, path).kind)
    assert.equal("success", reel.text_to_video({ prompt = "x" }):wait().state)
    assert.same({}, other:requests())
  end)

  it("is in no error", function()
    local reel, service = start(nil, { api_key = "sk-very-secret-1" })
    local refusing = fresh_reel({ base_url = fake.refusing_url(), api_key = "sk-very-secret-1",
      journal = "none" }, service.folder)
    for _, call in ipairs { reel.credits, refusing.credits,
      function() reel.text_to_video { prompt = "x" } end } do
      local err = failure(call)
      for _, value in pairs(err) do
        assert.not_matches("very-secret", tostring(value), 1, true)
      end
    end
  end)
end)
