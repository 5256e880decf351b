-- How a task is watched: what the vendor is asked, how often, and what its answers mean.
local answers = require "support.answers"
local clock = require "support.clock"
local failure = require "support.failure"
local job = require "reel.core" and require "reel.core.job"
local model_names = require "support.model_names"
local records = require "support.records"

local it = require "support.bounded"(it)
local start = require "support.with_vendor"(function(stop) finally(stop) end)

local function make(reel) return reel.text_to_video { prompt = "a dune" } end

local ID <const> = "281e5b0f9c7d4a6e8b1a2c3d4e5f39b9"

-- A create that answers ID.
local created <const> = { body = '{"code":200,"msg":"success","data":{"taskId":"' .. ID .. '"}}' }

local still_waiting <const> = { body = answers.record(records.waiting["sora-2-text-to-video"]) }

describe("a watched task", function()
  it("is asked for until it is done, and no more", function()
    local reel, service = start { polls = 4 }
    local task = make(reel):wait()
    task:wait()
    assert.equal("success", task.state)
    assert.equal(5, service:count "record")
  end)

  it("is asked for first after poll_first, then ever more rarely up to poll_max", function()
    local reel = start({ polls = 3 }, { poll_first = 0.1, poll_max = 0.2 })
    local task, began = make(reel), job.now()
    task:wait()
    local took = job.now() - began -- 0.1 + 0.15 + 0.2 + 0.2, each within 10 %
    assert.is_true(took > 0.58 and took < 1.2, took)
  end)

  it("is not asked for while nobody waits", function()
    local reel, service = start()
    make(reel)
    clock.advance(60)
    reel.credits() -- a query before it would have arrived by now
    assert.equal(0, service:count "record")
  end)

  it("is asked for by the schedule after reel.attach has read its record", function()
    local reel, service = start({ record = { always = still_waiting } },
      { poll_first = 5, poll_max = 5 })
    local task = reel.attach(ID)
    assert.equal("timeout", failure(task.wait, task, { timeout = 0.2 }).kind)
    assert.equal("timeout", failure(task.wait, task, { timeout = 0.2 }).kind)
    assert.equal(1, service:count "record")
  end)

  it("is asked for at once when the vendor has told nothing of it lately", function()
    local reel, service = start({ record = { always = still_waiting } },
      { poll_first = 0.1, poll_max = 5 })
    local task = reel.attach(ID)
    job.sleep(0.1)
    assert.equal("timeout", failure(task.wait, task, { timeout = 0.2 }).kind)
    assert.equal(2, service:count "record")
  end)

  it("is asked for once, however many jobs wait", function()
    local reel, service = start { polls = 5 }
    local task = make(reel)
    local done = reel.all { task, task, function() return task:wait() end }
    assert.same({ task.id, task.id, task.id }, { done[1].id, done[2].id, done[3].id })
    assert.equal(6, service:count "record")
  end)

  it("goes on for one waiter when the deadline of another passes", function()
    local reel = start { polls = 6 }
    local task = make(reel)
    local short = reel.spawn(function() task:wait { timeout = 0.1 } end)
    assert.equal("success", task:wait().state)
    assert.equal("timeout", failure(short.wait, short).kind)
  end)

  it("is asked for until its last waiter is cancelled", function()
    local reel, service = start { polls = 1000 }
    local task = make(reel)
    local first, second = reel.spawn(task.wait, task), reel.spawn(task.wait, task)
    service:wait_for("record", 1)
    first:cancel()
    first:join(1)
    local count = service:count "record"
    service:wait_for("record", count + 2)
    second:cancel()
    second:join(1)
    count = service:count "record"
    clock.advance(60)
    reel.credits()
    assert.is_true(service:count "record" <= count + 1) -- one may have been on its way
  end)

  it("is asked for again when an interrupt has hit the job that asks", function()
    local reel, service = start { polls = 4 }
    local task = make(reel)
    local waiting = reel.spawn(task.wait, task)
    service:wait_for("record", 1)
    task._watcher:cancel()
    assert.equal("success", waiting:wait({ timeout = 5 }).state)
  end)

  it("can be waited for again after a timeout", function()
    local reel, service = start { polls = 3 }
    local task = make(reel)
    assert.equal("timeout", failure(task.wait, task, { timeout = 0.08 }).kind)
    assert.equal("success", task:wait().state)
    assert.equal(1, #service:ledger())
  end)

  for _, model in ipairs(model_names) do
    it("is done by its state alone, not by the result that a waiting " .. model .. " shows",
      function()
        local reel, service = start()
        local waiting = records.waiting[model]
          :gsub("https://results.example", service.url .. "/files")
        local success = waiting:gsub('"waiting"', '"success"')
        service:script("record", {
          { body = answers.record(waiting) }, { body = answers.record(waiting) },
          { body = answers.record(success) },
        })
        local task = reel.attach(ID)
        assert.same({ "waiting", {} }, { task.state, task.urls })
        assert.is_nil(task.handle)
        task:wait()
        assert.equal(3, service:count "record")
        assert.same({ model, model }, { task.model, task.request.model })
        if model == "sora-2-characters-pro" then
          assert.same({ "@pilot.ab", "character_42" }, { task.handle, task.object.character_id })
          assert.same({}, task.urls)
        else
          assert.equal(1, #task.urls)
          assert.matches("/files/%l+.mp4$", task.urls[1])
        end
      end)
  end

  -- URL stands for a link to the vendor.
  local results <const> = {
    { "null", '"resultJson":null' },
    { "an empty string", '"resultJson":""' },
    { "absent", '"other":1' },
    { "broken", '"resultJson":"{"' },
    { "without URLs", '"resultJson":"{\\"resultUrls\\":[]}"' },
    { "an object", '"resultJson":{"resultUrls":["URL"]}', 1 },
    { "in JSON twice", [["resultJson":"\"{\\\"resultUrls\\\":[\\\"URL\\\"]}\""]], 1 },
  }
  for _, result in ipairs(results) do
    it("succeeds with a result that is " .. result[1], function()
      local reel, service = start { create = { created } }
      local url = service.url .. "/files/1.mp4"
      local data = ('{"taskId":"%s","state":"success",%s}'):format(ID, result[2]:gsub("URL", url))
      service:script("record", { { body = answers.record(data) } })
      assert.same({ result[3] and url }, make(reel):wait().urls)
    end)
  end

  it("warns once about a state that it does not know, and goes on", function()
    local reel, service = start { record = {
      { record = { state = "thinking" } }, { record = { state = "thinking", progress = 40 } },
      { record = { state = "thinking", progress = 50 } },
    } }
    local lines = {}
    require("reel.base.log").set_sink(function(level, text)
      if text:find("thinking", 1, true) then lines[#lines + 1] = level end
    end)
    assert.equal("success", make(reel):wait().state)
    assert.equal(4, service:count "record")
    assert.same({ "warn" }, lines)
  end)
end)

describe("a query that fails", function()
  local passing <const> = {
    "reset", "close", "cut_status", "cut_headers", "cut_body", "cut_chunked",
    "cut_close_delimited", "html_502", "html_200", "empty_200", "truncated_json", "expect_417",
    "redirect_307", "code_408", "code_429", "code_500", "code_501", "code_505", "code_999",
  }
  for _, fault in ipairs(passing) do
    it("is made again after " .. fault, function()
      local reel, service = start { polls = 0, record = { fault } }
      assert.equal("success", make(reel):wait().state)
      assert.is_true(service:count "record" >= 2) -- libcurl may ask once more by itself
    end)
  end

  it("is made again when the answer is another task's record", function()
    local reel, service = start { polls = 0, record = { { record = { taskId = "another" } } } }
    assert.equal("success", make(reel):wait().state)
    assert.equal(2, service:count "record")
  end)

  it("ends the wait after ten in a row, with the task's id", function()
    local reel, service = start { record = { always = { code = 500, msg = "out of order" } } }
    local task = make(reel)
    local err = failure(task.wait, task)
    assert.same({ "server", task.id, "yes", 500 },
      { err.kind, err.task_id, err.billed, err.code })
    assert.matches("out of order", err.message)
    assert.matches("reel.attach%(\"" .. task.id, err.message)
    assert.equal(10, service:count "record")
  end)

  it("is forgotten after a good one", function()
    local queue = {}
    for round = 0, 1 do
      for i = 1, 9 do queue[round * 10 + i] = "code_500" end
      queue[round * 10 + 10] = { record = { state = "queuing" } }
    end
    local reel, service = start { record = queue }
    assert.equal("success", make(reel):wait().state)
    assert.is_true(service:count "record" > 20)
  end)

  it("is told once it comes again, and once an outage, however many tasks wait", function()
    local reel, service = start { polls = 0 }
    local queue = {}
    for i = 1, 8 do queue[i] = "code_500" end
    service:script("record", queue)
    local lines = {}
    require("reel.base.log").set_sink(function(level, text)
      if text:find("cannot be asked about", 1, true) then lines[#lines + 1] = level end
    end)
    local tasks = { make(reel), reel.text_to_video { prompt = "a hill" } }
    reel.all(tasks)
    assert.same({ "warn" }, lines)
  end)

  it("leaves the task to be waited for again", function()
    local queue = {}
    for i = 1, 10 do queue[i] = "code_500" end
    local reel = start { record = queue }
    local task = make(reel)
    assert.equal("server", failure(task.wait, task).kind)
    assert.equal("success", task:wait().state)
  end)

  it("reaches all who wait", function()
    local reel, service = start { record = { "code_401" } }
    local task = make(reel)
    local first, second = reel.spawn(task.wait, task), reel.spawn(task.wait, task)
    for _, each in ipairs { first, second } do
      local err = failure(each.wait, each, { timeout = 5 })
      assert.same({ "auth", task.id }, { err.kind, err.task_id })
    end
    assert.equal(1, service:count "record")
  end)

  for _, fault in ipairs { "code_401", "code_403", "html_403", { status = 401, body = "no" } } do
    it("ends the wait at once when the key is refused by "
      .. (type(fault) == "table" and "HTTP 401" or fault), function()
      local reel, service = start { record = { always = fault } }
      local task = make(reel)
      local err = failure(task.wait, task)
      assert.same({ "auth", task.id, "yes" }, { err.kind, err.task_id, err.billed })
      assert.equal(1, service:count "record")
    end)
  end

  it("waits as long as a sane Retry-After says", function()
    local reel = start { polls = 0, record = { { code = 429, headers = "Retry-After: 1\r\n" } } }
    local task, began = make(reel), job.now()
    task:wait()
    assert.is_true(job.now() - began >= 1)
  end)

  for _, value in ipairs { "0", "1000000000", "-5", "soon" } do
    it("does not mind Retry-After: " .. value, function()
      local reel, service = start { polls = 0, record = {
        { code = 429, headers = "Retry-After: " .. value .. "\r\n" } } }
      make(reel):wait { timeout = 2 }
      assert.equal(2, service:count "record")
    end)
  end
end)

describe("a record that the vendor does not have", function()
  local absent <const> = {
    { code = 422, msg = "recordInfo is null" }, { code = 404, msg = "not found" },
    { body = '{"code":200,"msg":"success","data":null}' }, { status = 404, body = "gone" },
  }

  it("is awaited at first", function()
    local queue = {}
    for i = 1, 12 do queue[i] = absent[i % 4 + 1] end
    local reel = start { polls = 0, record = queue }
    assert.equal("success", make(reel):wait().state)
  end)

  it("is awaited for 15 minutes", function()
    local reel, service = start { record = { always = absent[1] } }
    local task = make(reel)
    task._created = job.now() - 890
    assert.equal("timeout", failure(task.wait, task, { timeout = 0.6 }).kind)
    assert.is_true(service:count "record" > 6)
  end)

  it("is missing after 15 minutes and five queries", function()
    local reel, service = start { record = { always = absent[1] } }
    local task = make(reel)
    task._created = job.now() - 901
    local err = failure(task.wait, task)
    assert.same({ "missing", task.id, "yes", 422 },
      { err.kind, err.task_id, err.billed, err.code })
    assert.equal(5, service:count "record")
  end)

  it("may still turn up later", function()
    local reel = start { record = { absent[1], absent[1], absent[1], absent[1], absent[1] } }
    local task = make(reel)
    task._created = job.now() - 901
    assert.equal("missing", failure(task.wait, task).kind)
    assert.equal("success", task:wait().state)
  end)
end)
