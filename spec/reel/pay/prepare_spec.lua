local canonical_json = require "reel.base.canonical_json"
local digest = require "reel.core" and require "reel.core.digest"
local failure = require "support.failure"
local json = require "reel.base.json"
local model_names = require "support.model_names"
local requests = require "support.requests"

local it = require "support.bounded"(it)
local start = require "support.with_vendor"(function(stop) finally(stop) end)

local dune <const> = { prompt = "a dune" }

local function session() return require "reel.session" end

-- Kilobytes in use after a full collection. Twice: finalizers run after the first.
local function memory()
  collectgarbage()
  collectgarbage()
  return collectgarbage "count"
end

-- How many values of a table are left after a collection, or how many of them have a field.
local function live(values, field)
  memory()
  local count = 0
  for _, value in pairs(values) do
    if not field or value[field] then count = count + 1 end
  end
  return count
end

describe("a call without an input", function()
  it("is refused with the model's name", function()
    local reel = start()
    local err = failure(reel.text_to_video)
    assert.equal("invalid", err.kind)
    assert.matches("sora%-2%-text%-to%-video: the input must be a table, got nil", err.message)
  end)
end)

describe("a call", function()
  for _, model in ipairs(model_names) do
    it("sends the documented request of " .. model, function()
      local reel, service = start()
      local request = json.decode(requests[model])
      reel.create(model, request.input)
      local sent = service:requests("create")[1]
      assert.same(request, json.decode(sent.body))
      assert.matches("\r\nContent%-Type: application/json\r\n", sent.head)
      assert.matches("\r\nAuthorization: Bearer " .. service.key:gsub("%-", "%%-") .. "\r\n",
        sent.head)
    end)
  end

  it("has a key that is the hash of its identity, with and without fields that are left out",
    function()
      start()
      local models, prepare = require "reel.models", require "reel.pay.prepare"
      local asked = { { "sora-2-text-to-video", dune } }
      for model, text in pairs(requests) do
        asked[#asked + 1] = { model, json.decode(text).input }
      end
      for _, each in ipairs(asked) do
        local call = assert(prepare.call(each[1], each[2]))
        local identity = models.identity(models.get(each[1]), call.input)
        assert.equal(digest.sha256(canonical_json.encode(identity)), call.key)
        assert.same(call.input, json.decode(call.input_json))
      end
    end)

  it("has a function of its own for each of the four models", function()
    local reel, service = start()
    local functions = {
      ["sora-2-text-to-video"] = reel.text_to_video,
      ["sora-2-image-to-video"] = reel.image_to_video,
      ["sora-2-characters-pro"] = reel.character,
      ["sora-watermark-remover"] = reel.remove_watermark,
    }
    for model, call in pairs(functions) do
      local task = call(json.decode(requests[model]).input)
      assert.same({ model, "waiting" }, { task.model, task.state })
    end
    assert.equal(4, #service:ledger())
  end)

  it("sends only what was given, and the documented defaults on request", function()
    local reel, service = start()
    reel.text_to_video(dune)
    reel.text_to_video(dune, { defaults = true })
    assert.same({ model = "sora-2-text-to-video", input = { prompt = "a dune" } },
      json.decode(service:ledger()[1].body))
    assert.same({ prompt = "a dune", aspect_ratio = "landscape", n_frames = "10",
      remove_watermark = true, upload_method = "s3" }, json.decode(service:ledger()[2].body).input)
  end)

  it("is checked before anything is sent", function()
    local reel, service = start()
    local err = failure(reel.text_to_video, { n_frames = 12, aspect_ratio = "wide" })
    assert.equal("invalid", err.kind)
    assert.equal(3, #err.problems)
    assert.equal(0, service:count "create")
  end)

  it("refuses wrong options, whatever the input", function()
    local reel, service = start()
    local wrong = {
      { key = "" }, { key = 7 }, { key = ("k"):rep(201) }, { take = 0 }, { take = 1.5 },
      { take = "2" }, { retry_failed = "yes" }, { timeout = 0 }, { timeout = "9" },
      { defaults = 1 }, { on_progress = true }, { unknown = 1 }, 7,
    }
    for _, options in ipairs(wrong) do
      assert.equal("invalid", failure(reel.text_to_video, dune, options).kind)
    end
    assert.equal(0, service:count "create")
  end)

  it("keeps an on_progress for all waits of its task", function()
    local reel, seen = start(), {}
    local task = reel.text_to_video(dune, {
      on_progress = function(task) seen[#seen + 1] = task.state end,
    })
    task:wait()
    assert.same({ "success" }, seen)
  end)

  it("gives up after its timeout, while the create goes on", function()
    local reel, service = start { create = { function(connection, request, service)
      local id = service:accept(request)
      connection:sleep(0.3)
      connection:answer(200, '{"code":200,"data":{"taskId":"' .. id .. '"}}')
    end } }
    local err = failure(reel.text_to_video, dune, { timeout = 0.1 })
    assert.same({ "timeout", "maybe" }, { err.kind, err.billed })
    assert.equal(service:ledger()[1].task_id, reel.text_to_video(dune).id)
    assert.equal(1, service:count "create")
  end)
end)

describe("equal calls", function()
  it("are one task", function()
    local reel, service = start()
    local first = reel.text_to_video(dune)
    assert.equal(first, reel.text_to_video { prompt = "a dune" })
    assert.equal(first, reel.create("sora-2-text-to-video", { prompt = "a dune" }))
    first:wait()
    assert.equal(first, reel.text_to_video(dune))
    assert.equal(1, #service:ledger())
  end)

  it("are one task, though nothing of it was kept meanwhile", function()
    local reel, service = start()
    local function made() return reel.text_to_video(dune):wait().id end
    local id = made()
    require("reel.tasks.results").finish()
    local queries = service:count "record"
    assert.same({ 0, 0 }, { live(session().tasks), live(session().calls, "input") })
    local again = reel.text_to_video(dune)
    assert.same({ id, "success", 1 }, { again.id, again.state, #again.urls })
    assert.same({ 1, queries }, { #service:ledger(), service:count "record" })
  end)

  it("are not made anew by the setting retry_failed, though nothing of them was kept", function()
    local reel, service = start({ outcome = { state = "fail", failMsg = "no luck" } },
      { retry_failed = true })
    for _ = 1, 3 do
      assert.equal("failed", failure(function() reel.text_to_video(dune):wait() end).kind)
      assert.equal(0, live(session().tasks))
    end
    assert.equal(1, #service:ledger())
  end)

  it("take less than a kilobyte each once they are answered", function()
    local reel = start(nil, { create_rate = "1000/1" })
    local prompts = {}
    for i = 1, 100 do prompts[i] = ("a dune "):rep(200) .. i end
    local function make_all()
      for _, prompt in ipairs(prompts) do reel.text_to_video { prompt = prompt } end
    end
    reel.text_to_video(dune)
    local before = memory()
    make_all()
    assert.is_true(memory() - before < 100)
  end)

  it("are one task when they are made at the same time", function()
    local reel, service = start()
    local function make() return reel.text_to_video(dune):wait() end
    local tasks = reel.all { make, make, make }
    assert.same({ tasks[1].id, tasks[1].id }, { tasks[2].id, tasks[3].id })
    assert.equal(1, service:count "create")
  end)

  it("are equal whatever does not change the clip", function()
    local reel, service = start()
    local first = reel.text_to_video { prompt = "a dune", upload_method = "s3" }
    assert.equal(first, reel.text_to_video { prompt = "a dune", upload_method = "oss" })
    assert.not_equal(first, reel.text_to_video { prompt = "a dune ", upload_method = "s3" })
    assert.not_equal(first, reel.text_to_video { prompt = "a dune", n_frames = "15" })
    assert.equal(3, #service:ledger())
  end)

  it("are another task for every take", function()
    local reel, service = start()
    local first = reel.text_to_video(dune)
    local second = reel.text_to_video(dune, { take = 2 })
    assert.not_equal(first, second)
    assert.equal(first, reel.text_to_video(dune, { take = 1 }))
    assert.equal(second, reel.text_to_video(dune, { take = 2 }))
    assert.equal(2, #service:ledger())
  end)

  it("raise the same failure again, without another task", function()
    local reel, service = start { outcome = { state = "fail", failMsg = "no luck" } }
    for _ = 1, 2 do
      assert.equal("failed", failure(function() reel.text_to_video(dune):wait() end).kind)
    end
    assert.equal(1, #service:ledger())
  end)

  it("are another task after a failure with retry_failed, and only then", function()
    local reel, service = start { outcome = { state = "fail", failMsg = "no luck" } }
    local first = reel.text_to_video(dune, { retry_failed = true })
    assert.equal(first, reel.text_to_video(dune, { retry_failed = true }))
    assert.equal("failed", failure(function() first:wait() end).kind)
    local second = reel.text_to_video(dune, { retry_failed = true })
    assert.not_equal(first, second)
    assert.equal(second, reel.text_to_video(dune))
    assert.equal(2, #service:ledger())
  end)

  it("may be made again when the first was refused", function()
    local reel, service = start { create = { "code_402", "ok" } }
    assert.equal("credits", failure(reel.text_to_video, dune).kind)
    assert.equal("waiting", reel.text_to_video(dune).state)
    assert.equal(2, service:count "create")
    assert.equal(1, #service:ledger())
  end)

  it("stay ambiguous, without another POST, when the first is", function()
    local reel, service = start { create = { "reset" } }
    for _ = 1, 3 do assert.equal("ambiguous", failure(reel.text_to_video, dune).kind) end
    assert.equal(1, service:count "create")
  end)

  it("are made once when the first job that asked is cancelled", function()
    local reel, service = start { create = { function(connection, request, service)
      local id = service:accept(request)
      connection:sleep(0.2)
      connection:answer(200, '{"code":200,"data":{"taskId":"' .. id .. '"}}')
    end } }
    local job = reel.spawn(reel.text_to_video, dune)
    service:wait_for("create", 1)
    job:cancel()
    assert.is_true(job:join(2))
    assert.equal("cancelled", job.status)
    assert.equal(service:ledger()[1].task_id, reel.text_to_video(dune).id)
    assert.equal(1, service:count "create")
  end)
end)

describe("a key", function()
  it("names a call instead of its content", function()
    local reel, service = start()
    local first = reel.text_to_video(dune, { key = "opening" })
    assert.equal(first, reel.text_to_video(dune, { key = "opening" }))
    assert.not_equal(first, reel.text_to_video(dune))
    assert.equal(2, #service:ledger())
  end)

  it("raises key_conflict for another input, and shows both", function()
    local reel, service = start()
    reel.text_to_video(dune, { key = "opening" })
    local err = failure(reel.text_to_video, { prompt = "a lake" }, { key = "opening" })
    assert.equal("key_conflict", err.kind)
    assert.matches('"opening".*a dune.*a lake', err.message)
    assert.equal(1, #service:ledger())
  end)

  it("takes another input after a refusal", function()
    local reel, service = start { create = { "code_422", "ok" } }
    failure(reel.text_to_video, dune, { key = "opening" })
    reel.text_to_video({ prompt = "a lake" }, { key = "opening" })
    assert.equal(1, #service:ledger())
  end)

  it("takes another input after a failure", function()
    local reel, service = start { outcome = { state = "fail" } }
    failure(function() reel.text_to_video(dune, { key = "opening" }):wait() end)
    local second = reel.text_to_video({ prompt = "a lake" }, { key = "opening" })
    assert.equal(service:ledger()[2].task_id, second.id)
  end)

  it("takes another input after a failure, also when the vendor is busy at first", function()
    local reel, service = start {
      outcome = { state = "fail" },
      create = { "ok", { code = 429, headers = "Retry-After: 1\r\n" } },
    }
    failure(function() reel.text_to_video(dune, { key = "opening" }):wait() end)
    local second = reel.text_to_video({ prompt = "a lake" }, { key = "opening" })
    assert.equal(service:ledger()[2].task_id, second.id)
    assert.equal(3, service:count "create")
  end)
end)
