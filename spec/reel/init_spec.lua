local failure = require "support.failure"
local fake = require "support.fake"
local fresh_reel = require "support.fresh_reel"
local json = require "reel.base.json"

local it = require "support.bounded"(it)
local start = require "support.with_vendor"(function(stop) finally(stop) end)

-- An environment without settings: a key of the person who runs the specs must not help.
local function without_environment()
  stub(os, "getenv")
  finally(function() os.getenv:revert() end) -- luacheck: ignore 143
end

describe("reel", function()
  it("names the caller's line for a wrong argument", function()
    local reel = fresh_reel { journal = "none" }
    local calls = {
      function() reel.text_to_video { promt = "x" } end,
      function() reel.image_to_video { prompt = "x" } end,
      function() reel.character(7) end,
      function() reel.remove_watermark { video_url = "x" } end,
      function() reel.create("sora-9", {}) end,
      function() reel.text_to_video({ prompt = "x" }, { tale = 2 }) end,
      function() reel.attach "no id" end,
      function() reel.upload(7) end,
      function() reel.upload "missing.png" end,
      function() reel.project(7) end,
      function() reel.configure(7) end,
    }
    for _, call in ipairs(calls) do
      local info, err = debug.getinfo(call, "S"), failure(call)
      assert.equal("invalid", err.kind)
      assert.equal(info.short_src .. ":" .. info.linedefined, err.where)
    end
  end)

  it("names the field, the option and the model that were meant", function()
    local reel = fresh_reel { journal = "none" }
    assert.matches("prompt", failure(reel.text_to_video, { promt = "x" }).message)
    assert.matches("take", failure(reel.text_to_video, { prompt = "x" }, { tale = 2 }).message)
    assert.matches("sora%-2%-text%-to%-video",
      failure(reel.create, "sora-2-text-to-vide", {}).message)
  end)

  it("needs a key, and says where one comes from and how to go on without", function()
    without_environment()
    local _, service = start()
    local reel = fresh_reel { base_url = service.url, journal = "none" }
    for _, call in ipairs { reel.credits, function() reel.text_to_video { prompt = "x" } end } do
      local err = failure(call)
      assert.equal("config", err.kind)
      assert.matches("KIE_API_KEY", err.message)
      assert.matches("%-%-local", err.message)
    end
    assert.same({}, service:requests())
  end)

  it("names the page of the keys when the vendor refuses one", function()
    local reel, service = start(nil, { api_key = "not-the-key" })
    for _, call in ipairs { reel.credits, function() reel.text_to_video { prompt = "x" } end } do
      local err = failure(call)
      assert.equal("auth", err.kind)
      assert.matches("https://kie.ai/api%-key", err.message)
    end
    assert.same({}, service:ledger())
  end)

  it("runs a model that a script defines", function()
    local reel, service = start()
    reel.define_model { name = "vendor/clip-2", fields = { { name = "mood", required = true } } }
    assert.matches("mood", failure(reel.create, "vendor/clip-2", {}).message)
    local task = reel.create("vendor/clip-2", { mood = "calm" }):wait()
    assert.same({ "vendor/clip-2", "success" }, { task.model, task.state })
    assert.same({ model = "vendor/clip-2", input = { mood = "calm" } },
      json.decode(service:ledger()[1].body))
  end)

  it("gives a name the same random number every time, in each project another", function()
    local reel = fresh_reel { journal = "none" }
    local number = reel.random("wind", 1, 1000000)
    assert.equal(number, fresh_reel { journal = "none" }.random("wind", 1, 1000000))
    reel.project "other"
    assert.not_equal(number, reel.random("wind", 1, 1000000))
  end)

  it("writes to the log", function()
    local reel, lines = fresh_reel { journal = "none" }, {}
    require("reel.base.log").set_sink(function(level, text)
      lines[#lines + 1] = level .. " " .. text
    end)
    reel.log("warn", "clip", 3)
    assert.same({ "warn clip 3" }, lines)
  end)
end)

describe("reel.credits", function()
  it("tells the balance, with its fraction", function()
    assert.equal(5916.25, start().credits())
  end)

  it("raises what kept it from being told", function()
    local reel = start {
      credit = { "reset", "code_500", "html_502", "empty_200", { body = "{}" } } }
    for i = 1, 5 do
      local err = failure(reel.credits)
      assert.same({ i == 1 and "unreachable" or "server", true }, { err.kind, err.retryable })
    end
  end)

  it("raises when nobody listens", function()
    local reel = fresh_reel { base_url = fake.refusing_url(), api_key = "k", journal = "none" }
    assert.equal("unreachable", failure(reel.credits).kind)
  end)
end)

describe("reel.attach", function()
  it("gives the task that this run knows already", function()
    local reel, service = start()
    local task = reel.text_to_video { prompt = "a dune" }
    assert.equal(task, reel.attach(task.id))
    assert.equal(0, service:count "record")
  end)

  it("finds a task of another run, with its input", function()
    local reel, service = start()
    local id = reel.text_to_video({ prompt = "a dune" }).id
    local task = fresh_reel(service:settings(), service.folder).attach(id)
    assert.same({ id, "sora-2-text-to-video", "waiting", { prompt = "a dune" } },
      { task.id, task.model, task.state, task.input })
    assert.equal("success", task:wait().state)
    assert.equal(1, #service:ledger())
  end)

  it("asks at once", function()
    local slow = { poll_first = 5, poll_max = 5 }
    local reel, service = start({ polls = 0 }, slow)
    local id = reel.text_to_video({ prompt = "a dune" }).id
    local task = fresh_reel(service:settings(slow), service.folder).attach(id)
    assert.equal("success", task:wait({ timeout = 2 }).state)
  end)

  it("raises missing for a task that the vendor does not know", function()
    local reel = start()
    local err = failure(reel.attach, "0123abcd")
    assert.same({ "missing", "0123abcd", 422 }, { err.kind, err.task_id, err.code })
  end)

  it("raises what kept it from asking, with the task's id", function()
    local reel = start { record = { "code_401", "code_500" } }
    for _, kind in ipairs { "auth", "server" } do
      local err = failure(reel.attach, "0123abcd")
      assert.same({ kind, "0123abcd" }, { err.kind, err.task_id })
    end
  end)

  it("takes nothing but an id", function()
    local reel, service = start()
    for _, id in ipairs { "", "a b", "a/b", "a\nb", ("a"):rep(101), 7, {}, false } do
      assert.equal("invalid", failure(reel.attach, id).kind)
    end
    assert.equal(0, service:count "record")
  end)
end)

describe("reel.project", function()
  it("divides calls: the same call in two projects is two tasks", function()
    local reel, service = start()
    local first = reel.text_to_video { prompt = "a dune" }
    reel.project "winter"
    local second = reel.text_to_video { prompt = "a dune" }
    reel.project ""
    assert.not_equal(first.id, second.id)
    assert.equal(first, reel.text_to_video { prompt = "a dune" })
    assert.equal(2, #service:ledger())
  end)
end)
