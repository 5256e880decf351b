require "reel.core"
local client = require "support.service_client"
local digest = require "reel.core.digest"
local http = require "reel.core.http"
local lfs = require "lfs"
local process = require "reel.core.process"

local CHARACTER <const> = "sora-2-characters-pro"
local IMAGE <const> = "sora-2-image-to-video"
local REMOVER <const> = "sora-watermark-remover"
local JPEG <const> = "\255\216\255" .. ("x"):rep(50)

-- Stands in for the renderer: notes each request and runs a shell command instead of ffmpeg.
local function fake_renderer(command)
  local requests = {}
  local function plan(kind, output)
    return function(request)
      request.kind = kind
      requests[#requests + 1] = request
      return {
        files = { { name = "text.txt", text = kind } }, output = output, cwd = request.folder,
        argv = { "sh", "-c", command or "cat text.txt > " .. output .. ".part" }, timeout = 10,
      }
    end
  end
  return {
    requests = requests,
    clip = plan("clip", "out.mp4"), from_images = plan("images", "out.mp4"),
    remove_mark = plan("unmarked", "out.mp4"), character_sheet = plan("sheet", "out.jpg"),
    check_image = function(prefix) return prefix:find("^\255\216\255") and "jpeg" or nil end,
    validate_image = function(image) return { "grep", "-q", "x", image.path } end,
  }
end

describe("reel.service rendering", function()
  local service, renderer

  local function start(command, options)
    renderer = fake_renderer(command)
    local settings = { render = renderer }
    for name, value in pairs(options or {}) do
      settings[name] = value
    end
    service = client.start(settings)
  end

  after_each(function() client.finish(service) end)

  local function fetch(data)
    local url = client.result(data).resultUrls[1]
    return url, http.request({ url = url, timeout = 10 }).body
  end

  local function upload(content, name)
    return client.post(service, "/api/file-base64-upload",
      { base64Data = digest.base64(content), fileName = name }).data.downloadUrl
  end

  it("asks for a clip in the shape, length and mark of the input", function()
    start()
    local _, body = fetch(client.finished(service,
      { prompt = "a fox", aspect_ratio = "portrait", n_frames = "15", remove_watermark = false }))
    assert.equal("clip", body)
    local request = renderer.requests[1]
    assert.same({ "a fox", 720, 1280, 15, true, {} },
      { request.prompt, request.width, request.height, request.duration, request.marked,
        request.handles })
  end)

  it("draws small clips when asked to", function()
    start(nil, { size = "small" })
    client.finished(service, "a fox")
    assert.equal(640, renderer.requests[1].width)
    assert.equal(360, renderer.requests[1].height)
  end)

  it("names the characters of the prompt to the renderer", function()
    start()
    local origin = client.finished(service, "a ranger").taskId
    client.finished(service, { origin_task_id = origin, character_prompt = "calm ranger",
      safety_instruction = "PG", character_user_name = "sky" }, CHARACTER)
    local sheet = renderer.requests[2]
    assert.same({ "sheet", "sky", "calm ranger", "PG", 3 },
      { sheet.kind, sheet.handle, sheet.traits, sheet.safety, sheet.portrait_frame })
    client.finished(service, "@nobody meets @sky.")
    assert.same({ "sky" }, renderer.requests[3].handles)
  end)

  it("removes the mark of a marked clip, and copies one that has none", function()
    start()
    local marked = fetch(client.finished(service, { prompt = "x", remove_watermark = false }))
    local plain = fetch(client.finished(service, { prompt = "x" }))
    local _, first = fetch(client.finished(service, { video_url = marked }, REMOVER))
    local _, second = fetch(client.finished(service, { video_url = plain }, REMOVER))
    assert.equal("unmarked", first)
    assert.equal("clip", second)
    assert.equal(3, #renderer.requests)
  end)

  it("reads its own uploads from disk and downloads other images", function()
    start()
    local other = client.start()
    finally(function() client.finish(other) end)
    local foreign = client.post(other, "/api/file-base64-upload",
      { base64Data = digest.base64(JPEG), fileName = "b.jpg" }).data.downloadUrl
    local data = client.finished(service,
      { prompt = "x", image_urls = { upload(JPEG, "a.jpg"), foreign } }, IMAGE)
    assert.equal("success", data.state)
    local own, fetched = table.unpack(renderer.requests[1].images)
    assert.equal(service.root .. "/files/uploads/a.jpg", own.path)
    assert.matches("^/[^.]*/reel%-%w+/input2%.bin$", fetched.path)
    assert.is_nil(lfs.attributes(fetched.path))
    assert.same({ "jpeg", "jpeg" }, { own.format, fetched.format })
  end)

  it("fails a task whose image cannot be had, with the reason", function()
    start()
    local text_file = upload("no image", "a.jpg")
    local broken = upload("\255\216\255", "b.jpg")
    for _, case in ipairs {
      { "http://127.0.0.2:1/a.png", "image_urls%[2%]" },
      { service.url .. "/files/uploads/none.png", "no such file" },
      { text_file, "no JPEG, PNG or WebP" },
      { broken, "damaged" },
    } do
      local data = client.finished(service,
        { prompt = "x", image_urls = { upload(JPEG, "good.jpg"), case[1] } }, IMAGE)
      assert.equal("fail", data.state)
      assert.matches(case[2], data.failMsg)
    end
    assert.same({}, renderer.requests)
  end)

  it("fails the task when ffmpeg does, keeping nothing half made", function()
    local lines = {}
    start("echo half > out.mp4.part; echo 'no codec' >&2; exit 1", { log = function(level, text)
      if level == "error" then lines[#lines + 1] = text end
    end })
    local data = client.finished(service, "a fox")
    assert.equal("fail", data.state)
    assert.equal("500", data.failCode)
    assert.matches("no codec", lines[1])
    local _, answer = client.get(service, "/files/" .. data.taskId .. ".mp4")
    assert.equal(404, answer.status)
  end)

  it("survives an error in the renderer", function()
    start()
    renderer.clip = function() error("a bug") end
    assert.equal("fail", client.finished(service, "a fox").state)
    assert.equal(200, client.get(service, "/api/v1/chat/credit").code)
  end)

  it("renders two at once and no more", function()
    local folder = client.new_root()
    finally(function() client.remove_root(folder) end)
    os.execute("mkdir " .. folder)
    start(("touch %s/$$; sleep 0.2; ls %s | wc -l > out.mp4.part; rm %s/$$"):format(
      folder, folder, folder))
    local ids = {}
    for i = 1, 5 do
      ids[i] = client.task(service, "clip " .. i)
    end
    local most = 0
    for i = 1, 5 do
      local _, running = fetch(client.settle(service, ids[i]))
      most = math.max(most, tonumber(running))
    end
    assert.equal(2, most)
  end)

  it("draws in a folder outside of its own, and leaves nothing there", function()
    start()
    client.finished(service, "a fox")
    local folder = renderer.requests[1].folder
    assert.not_equal(service.root, folder:sub(1, #service.root))
    assert.is_nil(lfs.attributes(folder))
    local names = {}
    for name in lfs.dir(service.root) do
      if name:find("^[^.]") then names[#names + 1] = name end
    end
    table.sort(names)
    assert.same({ "files", "lock", "tasks" }, names)
  end)
end)

describe("reel.service with ffmpeg", function()
  local service

  local function probe(url)
    local result = process.run {
      argv = { "ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height",
        "-show_entries", "format=duration", "-of", "csv=p=0", url },
      timeout = 30,
    }
    return result and result.stdout:gsub("%s+", " ")
  end

  it("renders each of the four models", function()
    service = client.start { render = true, size = "small" }
    finally(function() client.finish(service) end)
    if service.notice then return pending(service.notice) end

    local marked = client.finished(service, { prompt = "a fox", remove_watermark = false })
    local url = client.result(marked).resultUrls[1]
    assert.equal("h264,640,360 aac 10.000000 ", probe(url))
    local unmarked = client.finished(service, { video_url = url }, REMOVER)
    assert.equal("h264,640,360 aac 10.000000 ", probe(client.result(unmarked).resultUrls[1]))

    local character = client.finished(service,
      { origin_task_id = marked.taskId, character_prompt = "calm ranger" }, CHARACTER)
    assert.equal("calm_ranger", client.result(character).resultObject.character_user_name)
    local sheet = service.url .. "/files/" .. character.taskId .. ".jpg"
    assert.matches("^mjpeg,1280,720 ", probe(sheet))

    local image = client.post(service, "/api/file-base64-upload", { fileName = "sheet.jpg",
      base64Data = digest.base64(http.request({ url = sheet, timeout = 10 }).body) })
    local moved = client.finished(service,
      { prompt = "it moves", image_urls = { image.data.downloadUrl } }, IMAGE)
    assert.equal("h264,640,360 aac 10.000000 ", probe(client.result(moved).resultUrls[1]))
  end)
end)
