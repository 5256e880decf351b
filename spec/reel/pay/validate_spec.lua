local canonical_json = require "reel.base.canonical_json"
local validate = require "reel.pay.validate"
local json = require "reel.base.json"
local model_names = require "support.model_names"
local models = require "reel.models"
local requests = require "support.requests"

local video = models.get("sora-2-text-to-video")
local image = models.get("sora-2-image-to-video")
local character = models.get("sora-2-characters-pro")
local remover = models.get("sora-watermark-remover")

local function problems(model, input)
  local copy, err = validate.input(model, input)
  assert.is_nil(copy)
  assert.equal("invalid", err.kind)
  local messages = {}
  for i, problem in ipairs(err.problems) do messages[i] = problem.message end
  return messages, err
end

local function with(fields)
  fields.prompt = fields.prompt or "a cat"
  return fields
end

describe("reel.pay.validate", function()
  for _, name in ipairs(model_names) do
    it("passes the complete request of " .. name .. " on unchanged", function()
      local request = json.decode(requests[name])
      local input = assert(validate.input(models.get(name), request.input))
      local body = canonical_json.encode(models.request(models.get(name), input))
      assert.same(request, json.decode(body))
    end)
  end

  it("passes an input with the required fields alone and adds nothing", function()
    assert.same({ prompt = "a cat" }, validate.input(video, { prompt = "a cat" }))
  end)

  it("adds the documented defaults on request, never to required fields", function()
    assert.same({ prompt = "a cat", aspect_ratio = "landscape", n_frames = "15",
      remove_watermark = true, upload_method = "s3" },
      validate.input(video, { prompt = "a cat", n_frames = "15" }, { defaults = true }))
    local _, err = validate.input(video, {}, { defaults = true })
    assert.equal("sora-2-text-to-video: prompt is required", err.message)
  end)

  it("returns a copy, lists included", function()
    local input = { prompt = "a cat", image_urls = { "https://a.example/1.png" } }
    local copy = validate.input(image, input)
    input.image_urls[1] = "changed"
    assert.equal("https://a.example/1.png", copy.image_urls[1])
    assert.is_false(json.is_array(input.image_urls))
  end)

  it("keeps cycles and shared tables apart from the caller's", function()
    local model = models.define { name = "any-shape" }
    local shared = { 1 }
    local copy = validate.input(model, { a = shared, b = shared })
    assert.same({ a = { 1 }, b = { 1 } }, copy)
    assert.not_equal(shared, copy.b)
  end)

  it("keeps an empty list a list", function()
    local copy = validate.input(video, with { character_id_list = {} })
    assert.equal('{"character_id_list":[],"prompt":"a cat"}', canonical_json.encode(copy))
  end)

  it("refuses an input that is no table", function()
    assert.same({ 'the input must be a table, got the string "a cat"' }, problems(video, "a cat"))
    assert.same({ "the input must be a table, got nil" }, problems(video, nil))
  end)

  it("lists every problem on its own line under the model's name", function()
    local _, err = problems(image, { promt = "a cat", n_frames = 10, remove_watermark = "true" })
    assert.equal(table.concat({
      "sora-2-image-to-video: 5 problems",
      "  prompt is required",
      "  image_urls is required",
      '  n_frames must be the string "10" or "15", got the number 10: write n_frames = "10"',
      '  remove_watermark must be true or false, got the string "true": '
        .. "write remove_watermark = true",
      '  unknown field "promt", did you mean "prompt"?',
    }, "\n"), err.message)
    assert.equal("n_frames", err.problems[3].field)
  end)
end)

describe("reel.check names", function()
  it("suggests the nearest field, or lists all", function()
    assert.same({ 'unknown field "aspect_ration", did you mean "aspect_ratio"?' },
      problems(video, with { aspect_ration = "portrait" }))
    assert.same({ 'unknown field "colour"; known: video_url, upload_method' },
      problems(remover, { video_url = "https://a.example/", colour = "red" }))
  end)

  it("tells options of the call from fields", function()
    assert.same({ "take is an option: write it in the second argument of the call" },
      problems(video, with { take = 2 }))
  end)

  it("refuses positions", function()
    assert.same({ "a field has a name, got the number 1 without one" },
      problems(video, { prompt = "a cat", "a dog" }))
  end)

  it("lets unknown fields of an open model pass", function()
    local model = models.define { name = "open-model", open = true, fields = { { name = "text" } } }
    assert.same({ size = { 1, 2 } }, validate.input(model, { size = { 1, 2 } }))
    assert.same({ "text must be a string, got true" }, problems(model, { text = true }))
  end)
end)

describe("reel.check strings", function()
  local samples = { { "Latin", "a" }, { "CJK", "漢" }, { "emoji", "😀" },
    { "combining marks", "\u{301}" } }
  for _, entry in ipairs(samples) do
    local script, char = table.unpack(entry)
    it("counts characters of " .. script .. ", not bytes", function()
      assert.is_table(validate.input(video, { prompt = char:rep(10000) }))
      assert.same({ "prompt has 10001 characters, at most 10000 are allowed" },
        problems(video, { prompt = char:rep(10001) }))
    end)
  end

  it("holds every other documented limit", function()
    local limits = {
      { character, "origin_task_id", 100 }, { character, "character_user_name", 40 },
      { character, "character_prompt", 1000 }, { character, "safety_instruction", 1000 },
    }
    for _, limit in ipairs(limits) do
      local model, name, max = table.unpack(limit)
      local input = { origin_task_id = "t", character_prompt = "p" }
      input[name] = ("é"):rep(max)
      assert.is_table(validate.input(model, input))
      input[name] = ("é"):rep(max + 1)
      assert.same({ ("%s has %d characters, at most %d are allowed"):format(name, max + 1, max) },
        problems(model, input))
    end
  end)

  it("holds the limit of a URL", function()
    local function url(length) return "https://a.example/" .. ("x"):rep(length - 18) end
    assert.is_table(validate.input(remover, { video_url = url(500) }))
    assert.same({ "video_url has 501 characters, at most 500 are allowed" },
      problems(remover, { video_url = url(501) }))
  end)

  it("reports invalid UTF-8 as its own problem", function()
    assert.same({ "prompt is not valid UTF-8 at byte 3" }, problems(video, { prompt = "ab\xff" }))
  end)

  it("refuses an empty required string, but not an empty optional one", function()
    assert.same({ "prompt must not be empty" }, problems(video, { prompt = "" }))
    assert.same({ "prompt must not be empty" }, problems(video, { prompt = " \n" }))
    assert.is_table(validate.input(character,
      { origin_task_id = "t", character_prompt = "p", safety_instruction = "" }))
  end)

  it("lists the options and suggests one", function()
    assert.same({ 'aspect_ratio must be "portrait" or "landscape", got "landscap",'
      .. ' did you mean "landscape"?' }, problems(video, with { aspect_ratio = "landscap" }))
    assert.same({ 'n_frames must be "10" or "15", got "60"' },
      problems(video, with { n_frames = "60" }))
  end)

  it("advises only what would pass", function()
    assert.same({ 'n_frames must be the string "10" or "15", got the number 12' },
      problems(video, with { n_frames = 12 }))
    assert.same({ 'n_frames must be the string "10" or "15", got the number 15.0: '
      .. 'write n_frames = "15"' }, problems(video, with { n_frames = 15.0 }))
    assert.same({ "prompt must be a string, got null" }, problems(video, { prompt = json.null }))
  end)

  it("shows long and hostile values shortened and without control bytes", function()
    local message = problems(video, with { aspect_ratio = "\27[31m" .. ("ü"):rep(100) })[1]
    assert.equal('aspect_ratio must be "portrait" or "landscape", got "?[31m' .. ("ü"):rep(35)
      .. '…"', message)
  end)
end)

describe("reel.check URLs", function()
  local function fault(url) return problems(remover, { video_url = url })[1] end

  it("takes http and https URLs", function()
    for _, url in ipairs { "https://a.example", "HTTP://127.0.0.1:8080/x?y=1#z",
      "https://[::1]:80/" } do
      assert.is_table(validate.input(remover, { video_url = url }))
    end
  end)

  for _, url in ipairs { "a.example/x", "ftp://a.example/", "https://", "https:///x", "https:/a",
    "http://:80/", "http://a;b/", "http://a:80:90/", "http://[zz]/",
    "http://a:0/", "file:///etc/passwd", "javascript:alert(1)" } do
    it("refuses " .. url, function()
      assert.equal('video_url must be a URL that begins with http:// or https://, got "' .. url
        .. '"', fault(url))
    end)
  end

  it("refuses spaces and control bytes", function()
    for _, url in ipairs { "https://a.example/ b", "https://a.example/\r\nX: y",
      "https://a\0b/" } do
      assert.matches("must be a URL without spaces", fault(url))
    end
  end)
end)

describe("reel.check lists", function()
  local function fault(list) return problems(image, { prompt = "p", image_urls = list })[1] end

  it("takes several URLs", function()
    local urls = { "https://a.example/1.png", "https://a.example/2.png" }
    assert.same(urls, validate.input(image, { prompt = "p", image_urls = urls }).image_urls)
  end)

  it("names the element that is wrong", function()
    assert.equal("image_urls element 2 must be a string, got the number 7",
      fault { "https://a.example/", 7 })
    assert.matches('^image_urls element 1 must be a URL that begins', fault { "ship.png" })
    assert.equal("image_urls element 1 must not be empty", fault { "" })
  end)

  it("refuses what is no list", function()
    assert.equal('image_urls must be a list of strings, got the string "https://a.example/": '
      .. "write image_urls = { … }", fault "https://a.example/")
    assert.equal("image_urls must be a list without names or holes",
      fault { [1] = "https://a.example/", [3] = "https://a.example/" })
    assert.equal("image_urls must be a list without names or holes",
      fault { first = "https://a.example/" })
  end)

  it("holds the numbers of elements", function()
    assert.equal("image_urls must not be empty", fault {})
    assert.is_table(validate.input(video, with { character_id_list = { "1", "2", "3", "4", "5" } }))
    assert.same({ "character_id_list has 6 elements, at most 5 are allowed" },
      problems(video, with { character_id_list = { "1", "2", "3", "4", "5", "6" } }))
  end)
end)

describe("reel.check numbers", function()
  local model = models.define { name = "numbers", fields = {
    { name = "count", type = "integer" }, { name = "scale", type = "number" },
  } }

  it("takes whole numbers in either form as integers", function()
    assert.equal("integer", math.type(validate.input(model, { count = 3.0 }).count))
  end)

  it("refuses fractions, texts and what is not finite", function()
    assert.same({ "count must be a whole number, got the number 1.5",
      'scale must be a number, got the string "2"' }, problems(model, { count = 1.5, scale = "2" }))
    assert.same({ "scale must be a finite number" }, problems(model, { scale = 0 / 0 }))
  end)
end)
