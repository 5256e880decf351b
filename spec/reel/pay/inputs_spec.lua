-- Tasks and local files in inputs, up to what the vendor gets.
local failure = require "support.failure"
local json = require "reel.base.json"

local it = require "support.bounded"(it)
local start = require "support.with_vendor"(function(stop) finally(stop) end)

local PNG <const> = "\x89PNG\r\n\x1A\n"

local function write(service, name, bytes)
  local path = service.folder .. "/" .. name
  local file <close> = assert(io.open(path, "wb"))
  file:write(bytes)
  return path
end

local function sent_input(service, n)
  return json.decode(service:ledger()[n].body).input
end

describe("a local picture in image_urls", function()
  it("is uploaded, and its URL is sent in its place", function()
    local reel, service = start()
    local picture = write(service, "ship.png", PNG .. "ship")
    local task = reel.image_to_video {
      prompt = "a ship", image_urls = { "https://images.example/1.png", picture } }
    local urls, upload = sent_input(service, 1).image_urls, service:requests("upload")[1]
    assert.equal("https://images.example/1.png", urls[1])
    assert.matches("^" .. service.url .. "/files/.*%.png$", urls[2])
    assert.matches(PNG .. "ship", upload.body, 1, true)
    assert.matches("\r\nAuthorization: Bearer " .. service.key, upload.head, 1, true)
    assert.equal("waiting", task.state)
  end)

  it("is uploaded once for all calls that use its content", function()
    local reel, service = start()
    local one, two = write(service, "1.png", PNG .. "x"), write(service, "2.png", PNG .. "x")
    reel.map({ one, two, one }, function(picture, i)
      return reel.image_to_video { prompt = "clip " .. i, image_urls = { picture } }
    end)
    assert.equal(3, #service:ledger())
    assert.equal(1, service:count "upload")
    assert.equal(sent_input(service, 1).image_urls[1], sent_input(service, 3).image_urls[1])
  end)

  it("counts by its content: another path is the same call, other bytes are not", function()
    local reel, service = start()
    local one, two = write(service, "1.png", PNG .. "x"), write(service, "2.png", PNG .. "x")
    local first = reel.image_to_video { prompt = "a ship", image_urls = { one } }
    assert.equal(first, reel.image_to_video { prompt = "a ship", image_urls = { two } })
    write(service, "2.png", PNG .. "y")
    assert.not_equal(first, reel.image_to_video { prompt = "a ship", image_urls = { two } })
    assert.equal(2, #service:ledger())
  end)

  it("is refused by name of the field before anything is sent", function()
    local reel, service = start()
    local too_large = PNG .. ("x"):rep(10 * 1024 * 1024)
    local refusals = {
      { service.folder .. "/missing.png", "no file" },
      { service.folder, "directory" },
      { write(service, "clip.png", "\0\0\0\24ftypisom"), "video/mp4.*image/png" },
      { write(service, "text.png", "hello"), "unknown type" },
      { write(service, "large.png", too_large), "10485768 bytes" },
      { "", "must not be empty" },
    }
    for _, refusal in ipairs(refusals) do
      local err = failure(reel.image_to_video, { prompt = "x", image_urls = { refusal[1] } })
      assert.equal("invalid", err.kind)
      assert.matches("image_urls", err.message)
      assert.matches(refusal[2], err.message)
    end
    assert.same({}, service:requests())
  end)

  it("ends the call when it cannot be uploaded, and nothing is billed", function()
    local reel, service = start { upload = { "code_500", "html_502", "code_401" } }
    local picture = write(service, "ship.png", PNG)
    for _, kind in ipairs { "server", "server", "auth" } do
      local err = failure(reel.image_to_video, { prompt = "x", image_urls = { picture } })
      assert.same({ kind, "no" }, { err.kind, err.billed })
    end
    assert.same({}, service:ledger())
    reel.image_to_video { prompt = "x", image_urls = { picture } }
    assert.equal(1, #service:ledger())
  end)
end)

describe("a task in an input", function()
  it("is its id where an id belongs", function()
    local reel, service = start()
    local scene = reel.text_to_video { prompt = "a ranger" }
    reel.character { origin_task_id = scene, character_prompt = "calm" }
    assert.same({ origin_task_id = scene.id, character_prompt = "calm" }, sent_input(service, 2))
  end)

  it("is the URL of its result where a URL belongs, once it is done", function()
    local reel, service = start()
    local scene = reel.text_to_video { prompt = "a ranger" }
    reel.remove_watermark { video_url = scene }
    assert.equal("success", scene.state)
    assert.same({ video_url = scene.urls[1] }, sent_input(service, 2))
  end)

  it("ends the call when it failed or has no result", function()
    local reel, service = start { outcome = { state = "fail", failMsg = "no luck" } }
    local scene = reel.text_to_video { prompt = "a ranger" }
    for _ = 1, 2 do
      local err = failure(reel.remove_watermark, { video_url = scene })
      assert.same({ "failed", scene.id }, { err.kind, err.task_id })
    end
    assert.equal(1, #service:ledger())
  end)

  it("is refused when it is a character's and a URL belongs there", function()
    local reel, service = start()
    local pilot = reel.character { origin_task_id = "0123abcd", character_prompt = "calm" }
    local err = failure(reel.remove_watermark, { video_url = pilot })
    assert.equal("invalid", err.kind)
    assert.matches("video_url.*" .. pilot.id, err.message)
    assert.equal(1, #service:ledger())
  end)

  it("is refused where no task belongs", function()
    local reel = start()
    local scene = reel.text_to_video { prompt = "a ranger" }
    assert.equal("invalid", failure(reel.text_to_video, { prompt = scene }).kind)
  end)

  it("leaves the caller's table as it was", function()
    local reel, service = start()
    local picture = write(service, "ship.png", PNG)
    local input = { prompt = "a ship", image_urls = { picture } }
    reel.image_to_video(input)
    assert.same({ prompt = "a ship", image_urls = { picture } }, input)
  end)
end)
