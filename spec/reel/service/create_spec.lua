local client = require "support.service_client"

local TEXT <const> = "sora-2-text-to-video"
local IMAGE <const> = "sora-2-image-to-video"
local CHARACTER <const> = "sora-2-characters-pro"
local REMOVER <const> = "sora-watermark-remover"
local URL <const> = "https://images.example/a.png"

describe("reel.service createTask", function()
  local service
  setup(function() service = client.start() end)
  teardown(function() client.finish(service) end)

  local function refusal(answer, code)
    assert.equal(code, answer.code)
    assert.is_string(answer.msg)
    assert.is_userdata(answer.data) -- null
    return answer.msg
  end

  it("answers with a task id, which recordId repeats", function()
    local answer, raw = client.create(service, "a fox in the snow")
    assert.equal(200, raw.status)
    assert.equal("application/json", raw.headers["content-type"])
    assert.same({ code = 200, msg = "success",
      data = { taskId = answer.data.taskId, recordId = answer.data.taskId } }, answer)
    assert.matches("^%x+$", answer.data.taskId)
  end)

  it("takes every field of the document with every option", function()
    for _, input in ipairs {
      { prompt = "x", aspect_ratio = "portrait", n_frames = "10", remove_watermark = true,
        upload_method = "s3" },
      { prompt = "x", aspect_ratio = "landscape", n_frames = "15", remove_watermark = false,
        upload_method = "oss" },
    } do
      assert.equal(200, client.create(service, input).code)
      input.image_urls = { URL, URL }
      assert.equal(200, client.create(service, input, IMAGE).code)
    end
  end)

  it("ignores unknown fields and takes null for an absent optional field", function()
    local answer = client.post(service, "/api/v1/jobs/createTask",
      ('{"model":"%s","input":{"prompt":"x","n_frames":null,"colour":"red"}}'):format(TEXT))
    assert.equal(200, answer.code)
  end)

  for _, entry in ipairs {
    { "no JSON", "prompt=x" }, { "cut JSON", '{"model":' }, { "an empty body", "" },
    { "a scalar", "17" }, { "a string", '"x"' }, { "null", "null" }, { "an array", "[]" },
    { "no model", '{"input":{"prompt":"x"}}' }, { "a null model", '{"model":null,"input":{}}' },
    { "no input", ('{"model":"%s"}'):format(TEXT) },
    { "a null input", ('{"model":"%s","input":null}'):format(TEXT) },
  } do
    local name, body = table.unpack(entry)
    it("answers 400 to " .. name, function()
      refusal(client.post(service, "/api/v1/jobs/createTask", body), 400)
    end)
  end

  it("names an unknown model as the live service does", function()
    assert.equal("The model name you specified is not supported",
      refusal(client.create(service, {}, "sora-3"), 422))
  end)

  it("answers 422 to a model or input of the wrong type", function()
    local path = "/api/v1/jobs/createTask"
    refusal(client.post(service, path, '{"model":5,"input":{"prompt":"x"}}'), 422)
    refusal(client.post(service, path, ('{"model":"%s","input":"x"}'):format(TEXT)), 422)
  end)

  it("answers 422 to a callBackUrl that is no URL", function()
    assert.matches("callBackUrl", refusal(client.create(service, "x", TEXT, "nowhere"), 422))
  end)

  local too_long = ("x"):rep(10001)
  for _, case in ipairs {
    { TEXT, {}, "prompt: This field is required" },
    { TEXT, { prompt = "" }, "prompt: This field is required" },
    { TEXT, { prompt = 5 }, "prompt: expected a string, got a number" },
    { TEXT, { prompt = too_long }, "prompt: at most 10000 characters, got 10001" },
    { TEXT, { prompt = "x", aspect_ratio = "square" },
      "aspect_ratio: expected one of portrait, landscape" },
    { TEXT, { prompt = "x", aspect_ratio = true }, "aspect_ratio: expected a string" },
    { TEXT, { prompt = "x", n_frames = 10 }, "n_frames: expected a string, got a number" },
    { TEXT, { prompt = "x", n_frames = "20" }, "n_frames: expected one of 10, 15" },
    { TEXT, { prompt = "x", remove_watermark = "true" },
      "remove_watermark: expected a boolean, got a string" },
    { TEXT, { prompt = "x", upload_method = "ftp" }, "upload_method: expected one of s3, oss" },
    { IMAGE, { prompt = "x" }, "image_urls: This field is required" },
    { IMAGE, { prompt = "x", image_urls = URL }, "image_urls: expected an array of strings" },
    { IMAGE, { prompt = "x", image_urls = { 5 } },
      "image_urls: expected only strings in the array" },
    { IMAGE, { prompt = "x", image_urls = { "a.png" } }, "image_urls: expected an http(s) URL" },
    { IMAGE, { image_urls = { URL } }, "prompt: This field is required" },
    { CHARACTER, { character_prompt = "x" }, "origin_task_id: This field is required" },
    { CHARACTER, { origin_task_id = ("x"):rep(101), character_prompt = "x" },
      "origin_task_id: at most 100 characters" },
    { CHARACTER, { origin_task_id = "x" }, "character_prompt: This field is required" },
    { CHARACTER, { origin_task_id = "x", character_prompt = ("é"):rep(1001) },
      "character_prompt: at most 1000 characters, got 1001" },
    { CHARACTER, { origin_task_id = "x", character_prompt = "x",
      safety_instruction = ("x"):rep(1001) }, "safety_instruction: at most 1000 characters" },
    { CHARACTER, { origin_task_id = "x", character_prompt = "x",
      character_user_name = ("x"):rep(41) }, "character_user_name: at most 40 characters" },
    { CHARACTER, { origin_task_id = "x", character_prompt = "x" },
      "origin_task_id: no task has the id x" },
    { REMOVER, {}, "video_url: This field is required" },
    { REMOVER, { video_url = "s_123" }, "video_url: expected an http(s) URL" },
    { REMOVER, { video_url = "https://sora.chatgpt.com/p/" .. ("x"):rep(500) },
      "video_url: at most 500 characters" },
    { REMOVER, { video_url = "https://video.example/a.mp4" },
      "video_url: expected a link that starts with https://sora.chatgpt.com/" },
    { REMOVER, { video_url = "https://sora.chatgpt.com/p/s_1", upload_method = 1 },
      "upload_method: expected a string" },
  } do
    local model, input, message = table.unpack(case)
    it(("answers 422 to %s (%s)"):format(message, model), function()
      local text = refusal(client.create(service, input, model), 422)
      assert.truthy(text:find(message, 1, true), text)
    end)
  end

  it("names all broken rules at once", function()
    local message = refusal(client.create(service, { n_frames = 5, aspect_ratio = "x" }), 422)
    assert.matches("prompt: .*; aspect_ratio: .*; n_frames: ", message)
  end)

  it("counts characters, not bytes", function()
    assert.equal(200, client.create(service, ("語"):rep(10000)).code)
  end)
end)
