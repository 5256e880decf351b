local json = require "reel.base.json"
local log = require "reel.base.log"
local model_names = require "support.model_names"
local record = require "reel.vendor.records"
local records = require "support.records"

local function parse(text, changes)
  local data = assert(json.decode(text))
  for name, value in pairs(changes or {}) do data[name] = value end
  return record.parse(data)
end

local function success(result)
  return record.parse { state = "success", resultJson = result }
end

local function failure(message, cost_time)
  return record.parse { state = "fail", failMsg = message, costTime = cost_time }
end

describe("reel.vendor.records", function()
  it("reads a finished record of the wire", function()
    local parsed = parse(records.seconds)
    assert.same({
      id = "5d41402abc4b2a76b9719d911017c592", model = "vendor/clip-2", state = "success",
      known = true, settled = true, urls = { "https://results.example/kite.mp4" },
      watermarked_urls = {}, elapsed = 188.5, created_ms = 1777000000000,
      completed_ms = 1777000188500, param = parsed.param,
    }, parsed)
    assert.same({ model = "vendor/clip-2",
      input = { prompt = "A kite\nover dunes", duration = 4 } }, record.request(parsed))
  end)

  for _, model in ipairs(model_names) do
    it("takes a waiting " .. model .. " with a filled result as not settled", function()
      local parsed = parse(records.waiting[model])
      assert.same({ "waiting", false, model, 1757584164490 },
        { parsed.state, parsed.settled, parsed.model, parsed.created_ms })
      assert.same({}, parsed.urls)
      assert.is_nil(parsed.object)
      assert.is_nil(parsed.elapsed)
      assert.is_table(record.request(parsed).input)
    end)
  end

  it("reads a character, which has a handle and no URL", function()
    local parsed = parse(records.waiting["sora-2-characters-pro"], { state = "success" })
    assert.same({}, parsed.urls)
    assert.equal("@pilot.ab", parsed.handle)
    assert.equal("character_42", parsed.object.character_id)
  end)

  it("pends on every state but success and fail", function()
    for _, state in ipairs { "waiting", "queuing", "generating" } do
      local parsed = record.parse { state = state }
      assert.same({ state, true, false }, { parsed.state, parsed.known, parsed.settled })
    end
    local parsed = record.parse { state = "archiving" }
    assert.same({ "archiving", false, false }, { parsed.state, parsed.known, parsed.settled })
  end)

  it("reads a request whose input is an object, text, or both in text", function()
    local input = { prompt = "a cat" }
    for _, param in ipairs {
      { input = { prompt = "a cat" } },
      '{"input":{"prompt":"a cat","n_frames":null}}',
      [[{"input":"{\"prompt\":\"a cat\"}"}]],
      [["{\"input\":{\"prompt\":\"a cat\"}}"]],
    } do
      assert.same(input, record.request(record.parse({ param = param })).input)
    end
  end)

  it("keeps the callback that the request echoes", function()
    local parsed = record.parse { param = '{"input":{},"callBackUrl":"https://me.example/n"}' }
    assert.equal("https://me.example/n", record.request(parsed).callBackUrl)
  end)

  it("reads credits and progress of newer records", function()
    local parsed = record.parse { creditsConsumed = 30.5, progress = 42 }
    assert.same({ 30.5, 42 }, { parsed.credits, parsed.progress })
    assert.equal(100, record.parse({ progress = 250 }).progress)
    assert.equal(7, record.parse({ progress = "7" }).progress)
    assert.is_nil(record.parse({ progress = "much" }).progress)
  end)

  it("has no elapsed time when the clock went backwards", function()
    assert.is_nil(record.parse({ createTime = 2000, completeTime = 1000 }).elapsed)
  end)
end)

describe("reel.record results", function()
  local url = "https://results.example/a.mp4"

  it("reads an object, text, and text in text", function()
    assert.same({ url }, success({ resultUrls = { url } }).urls)
    assert.same({ url }, success('{"resultUrls":["' .. url .. '"]}').urls)
    assert.same({ url }, success([["{\"resultUrls\":[\"]] .. url .. [[\"]}"]]).urls)
  end)

  it("reads URLs that come as text", function()
    assert.same({ url }, success({ resultUrls = url }).urls)
    assert.same({ url }, success({ resultUrls = '["' .. url .. '"]' }).urls)
  end)

  it("takes no more than a hundred results, and says so", function()
    local links, lines = {}, {}
    for i = 1, 20000 do links[i] = url .. "?" .. i end
    local previous = log.set_sink(function(_, line) lines[#lines + 1] = line end)
    finally(function() log.set_sink(previous) end)
    local urls = success({ resultUrls = links }).urls
    assert.same({ 100, url .. "?1", url .. "?100" }, { #urls, urls[1], urls[100] })
    assert.same({ "a record names 20000 results; reel takes the first 100" }, lines)
  end)

  it("keeps watermarked URLs apart", function()
    local parsed = success { resultUrls = {}, resultWaterMarkUrls = { url } }
    assert.same({ {}, { url } }, { parsed.urls, parsed.watermarked_urls })
  end)

  it("leaves out what is no web URL", function()
    assert.same({ url }, success({ resultUrls = { "file:///etc/passwd", 7, json.null, url,
      "https://a\r\nX: y", "https://", "https://:80/", "https://[zz]/",
      "https://a:99999/" } }).urls)
  end)

  it("succeeds without a result when there is none", function()
    for _, result in ipairs { "", "null", "{", "[]", json.null, 5, false } do
      local parsed = success(result)
      assert.same({ true, {} }, { parsed.settled, parsed.urls })
    end
  end)

  it("keeps one @ before a handle and refuses names with spaces", function()
    assert.equal("@fox", success({ resultObject = { character_user_name = "@fox" } }).handle)
    assert.is_nil(success({ resultObject = { character_user_name = "a b" } }).handle)
    assert.is_nil(success({ resultObject = { character_user_name = json.null } }).handle)
  end)
end)

describe("reel.record failures", function()
  it("reads code and message, also of a code that is a number or null", function()
    local parsed = record.parse { state = "fail", failCode = 501, failMsg = "Upstream\27[2J" }
    assert.same({ "501", "Upstream?[2J", true },
      { parsed.fail_code, parsed.fail_msg, parsed.settled })
    parsed = record.parse { state = "fail", failCode = json.null, failMsg = json.null }
    assert.same({ true }, { parsed.settled, parsed.fail_code, parsed.fail_msg })
  end)

  it("names known reasons", function()
    assert.equal("copyright", failure("This may violate COPYRIGHT.").reason)
    assert.equal("moderation", failure("blocked by our guardrails").reason)
    assert.equal("moderation", failure("contains photorealistic people").reason)
    assert.is_nil(failure("the node restarted").reason)
  end)

  it("calls an internal error an outage only when it took no time", function()
    assert.equal("outage", failure("Internal error, try again", 0).reason)
    assert.is_nil(failure("Internal error, try again", 31).reason)
    assert.is_nil(failure("Internal error, try again").reason)
  end)
end)

describe("reel.record with garbage", function()
  local junk = { json.null, true, -1, 0.5, 1 / 0, "", "{", "[[", "\0\xff", {}, { {} },
    { a = json.null } }
  local names = { "taskId", "model", "state", "param", "resultJson", "failCode", "failMsg",
    "costTime", "completeTime", "createTime", "progress", "creditsConsumed" }

  it("never raises, whatever a field holds", function()
    for _, state in ipairs { "success", "fail", "waiting" } do
      for _, name in ipairs(names) do
        for _, value in ipairs(junk) do
          local parsed = record.parse({ state = state, [name] = value })
          assert.same({ "string", "boolean", "table" },
            { type(parsed.state), type(parsed.settled), type(parsed.urls) })
        end
      end
    end
  end)

  it("takes what is no record as a pending one", function()
    for _, value in ipairs(junk) do
      assert.is_false(record.parse(value).settled)
    end
    assert.equal("unknown", record.parse(nil).state)
  end)
end)
