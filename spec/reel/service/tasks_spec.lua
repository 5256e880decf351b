require "reel.core"
local client = require "support.service_client"
local job = require "reel.core.job"
local json = require "reel.base.json"

local TEXT <const> = "sora-2-text-to-video"
local CHARACTER <const> = "sora-2-characters-pro"
local REMOVER <const> = "sora-watermark-remover"

describe("reel.service recordInfo", function()
  local service
  setup(function() service = client.start() end)
  teardown(function() client.finish(service) end)

  it("shows a fresh task waiting, with the whole request and no result", function()
    local id = client.task(service, "a fox [slow]", TEXT, "http://127.0.0.1:9/done")
    local answer = client.record(service, id)
    local data = answer.data
    assert.equal(200, answer.code)
    assert.equal("waiting", data.state)
    assert.equal("", data.resultJson)
    assert.same({ model = TEXT, input = { prompt = "a fox [slow]" },
      callBackUrl = "http://127.0.0.1:9/done" }, json.decode(data.param))
    for _, name in ipairs { "failCode", "failMsg", "costTime", "completeTime" } do
      assert.equal(json.null, data[name])
    end
    assert.is_true(math.abs(data.createTime / 1000 - os.time()) < 60)
  end)

  it("goes through every state in order, and progress never falls", function()
    local slow = client.start { speed = 5 }
    finally(function() client.finish(slow) end)
    local id = client.task(slow, "a fox")
    local states, last, progress, between = {}, nil, 0, 0
    repeat
      local data = client.record(slow, id).data
      if data.state ~= last then states[#states + 1] = data.state end
      assert.is_true(data.progress >= progress)
      last, progress = data.state, data.progress
      between = progress < 100 and progress or between
      job.sleep(0.01)
    until last == "success" or #states > 5
    assert.same({ "waiting", "queuing", "generating", "success" }, states)
    assert.equal(100, progress)
    assert.is_true(between >= 10 and between <= 90)
  end)

  it("ends with a playable clip, times in milliseconds and the price", function()
    local data = client.finished(service, { prompt = "a fox", n_frames = "15" })
    local result = client.result(data)
    assert.equal(1, #result.resultUrls)
    assert.same({}, result.resultWaterMarkUrls)
    assert.equal(data.completeTime - data.createTime, data.costTime)
    assert.equal(35, data.creditsConsumed)
    local _, clip = client.get(service, result.resultUrls[1]:sub(#service.url + 1))
    assert.equal(200, clip.status)
    assert.equal("video/mp4", clip.headers["content-type"])
    assert.equal("ftypisom", clip.body:sub(5, 12))
  end)

  it("lists the marked clip when remove_watermark is false", function()
    local result = client.result(client.finished(service,
      { prompt = "a fox", remove_watermark = false }))
    assert.same(result.resultUrls, result.resultWaterMarkUrls)
  end)

  it("knows no other task", function()
    assert.same({ code = 422, msg = "recordInfo is null", data = json.null },
      client.record(service, "0123456789abcdef"))
    assert.equal(422, client.get(service, "/api/v1/jobs/recordInfo").code)
  end)
end)

describe("reel.service characters", function()
  local service, origin
  setup(function()
    service = client.start()
    origin = client.finished(service, "a ranger").taskId
  end)
  teardown(function() client.finish(service) end)

  local function character(fields)
    local input = { origin_task_id = origin, character_prompt = "Calm ranger, green cloak" }
    for name, value in pairs(fields or {}) do
      input[name] = value
    end
    return input
  end

  it("answer with an object and no URL", function()
    local data = client.finished(service, character { character_user_name = "sky_ranger" },
      CHARACTER)
    local result = client.result(data)
    assert.is_nil(result.resultUrls)
    assert.equal("sky_ranger", result.resultObject.character_user_name)
    assert.is_string(result.resultObject.character_id)
    assert.is_string(result.resultObject.remark)
  end)

  it("get a unique name from their prompt when none is given", function()
    local names = {}
    for i = 1, 3 do
      local data = client.finished(service, character(), CHARACTER)
      names[i] = client.result(data).resultObject.character_user_name
    end
    assert.same({ "calm_ranger", "calm_ranger2", "calm_ranger3" }, names)
  end)

  it("refuse a name that is taken, and one that no prompt could mention", function()
    client.task(service, character { character_user_name = "twin" }, CHARACTER)
    local answer = client.create(service, character { character_user_name = "twin" }, CHARACTER)
    assert.equal(422, answer.code)
    assert.equal("character_user_name: the name twin is taken", answer.msg)
    for _, name in ipairs { "@twin", "two words", "añb" } do
      answer = client.create(service, character { character_user_name = name }, CHARACTER)
      assert.equal(422, answer.code)
    end
  end)

  it("give their name back when they fail", function()
    local input = character { character_user_name = "phoenix", character_prompt = "[fail]" }
    assert.equal("fail", client.finished(service, input, CHARACTER).state)
    input.character_prompt = "born again"
    assert.equal(200, client.create(service, input, CHARACTER).code)
  end)

  it("need a finished video", function()
    local waiting = client.task(service, "still waiting [slow]")
    local failed = client.finished(service, "[fail]").taskId
    local other = client.finished(service, character(), CHARACTER).taskId
    for _, id in ipairs { waiting, failed, other } do
      local answer = client.create(service, character { origin_task_id = id }, CHARACTER)
      assert.equal(422, answer.code)
      assert.matches("^origin_task_id: the task " .. id .. " is no finished video", answer.msg)
    end
  end)
end)

describe("reel.service watermark remover", function()
  local service
  setup(function() service = client.start() end)
  teardown(function() client.finish(service) end)

  it("takes links of sora.chatgpt.com, and clips of its own", function()
    local own = client.result(client.finished(service,
      { prompt = "a fox", remove_watermark = false })).resultUrls[1]
    for _, url in ipairs { "https://sora.chatgpt.com/p/s_123", own } do
      local data = client.finished(service, { video_url = url }, REMOVER)
      local result = client.result(data)
      assert.is_nil(result.resultWaterMarkUrls)
      assert.matches("^" .. service.url:gsub("%p", "%%%0") .. "/files/%x+%.mp4$",
        result.resultUrls[1])
      assert.equal(10, data.creditsConsumed)
    end
  end)

  it("takes a clip's URL with the port of an earlier start", function()
    local own = client.result(client.finished(service, "a fox")).resultUrls[1]
    own = own:gsub(":%d+/", ":1/")
    assert.equal("success", client.finished(service, { video_url = own }, REMOVER).state)
  end)

  it("refuses an unknown clip of its own", function()
    local url = service.url .. "/files/0123.mp4"
    local answer = client.create(service, { video_url = url }, REMOVER)
    assert.equal(422, answer.code)
    assert.equal("video_url: this service has no clip " .. url, answer.msg)
  end)
end)
