-- How callbacks are followed up. Tasks are queried only once a minute here, so whatever the library
-- learns sooner, it has learned from a callback.
local webhook = require "support.webhook"
local bounded = require "support.bounded"
local failure = require "support.failure"
local job = require "reel.core" and require "reel.core.job"
local json = require "reel.base.json"
local wait_until = require "support.wait_until"
local it = bounded(it)

local dune <const>, lake <const> = { prompt = "a dune" }, { prompt = "a lake" }

local function start(options, settings)
  local opened = webhook.start(options or { polls = 0 }, settings)
  finally(function() opened:finish() end)
  return opened
end

-- A job that makes a task, whatever it takes, and what it got.
local function making(opened, input, options)
  return job.spawn(function() return opened.reel.text_to_video(input, options) end)
end

-- The create goes on in a job of its own, but nobody waits for it.
local function make_and_leave(opened)
  local work = making(opened, dune)
  opened:wait_for_state(1, "ambiguous")
  work:cancel()
  assert.is_true(work:join(5))
end

local function result(work, seconds)
  assert.is_true(work:join(seconds or 5), "it did not go on in time")
  return work:result()
end

describe("a create", function()
  it("tells the vendor the callback address: the base and the attempt's nonce", function()
    local opened = start()
    opened.reel.text_to_video(dune)
    local _, nonce, url = opened:task(1)
    assert.equal(webhook.BASE .. "/" .. nonce, url)
    assert.equal(32, #nonce)
    assert.same({ { nonce = nonce } }, opened:rows("SELECT nonce FROM attempt"))
  end)

  it("is the same call with callbacks and without", function()
    local opened = start(nil, { callback_url = false })
    local first = opened.reel.text_to_video(dune).id
    opened:restart()
    assert.equal(first, opened.reel.text_to_video(dune).id)
    assert.equal(1, opened.service:count "create")
  end)

  it("of another attempt has another address", function()
    local opened = start { create = { { code = 429, headers = "Retry-After: 1\r\n" } } }
    opened.reel.text_to_video(dune)
    local urls = {}
    for _, request in ipairs(opened.service:requests "create") do
      urls[json.decode(request.body).callBackUrl] = true
    end
    local _, _, url = opened:task(1)
    assert.is_true(urls[url])
    urls[url] = nil
    assert.is_truthy(next(urls))
  end)
end)

describe("a job that waits", function()
  it("goes on at once when the callback of its task comes", function()
    local opened = start()
    local task = opened.reel.text_to_video(dune)
    local waiting = job.spawn(task.wait, task)
    assert.is_false(waiting:join(0.1))
    local began = job.now()
    opened:deliver(1)
    assert.is_true(waiting:join(1))
    assert.is_true(job.now() - began < 1)
    assert.same({ "success", "succeeded" }, { task.state, (opened:attempt(1)) })
    assert.equal(1, opened.service:count "record")
  end)

  it("goes on within a second after a signed callback of the local service", function()
    local opened = start(nil, { callback_listen = "127.0.0.1:0" })
    opened.reel.text_to_video(dune) -- opens the listener
    local service = require("reel.service").start {
      root = opened.service.folder .. "/local", render = false, speed = 20,
      webhook_key = webhook.KEY, allow_private = true,
    }
    finally(function()
      service:stop()
      opened:finish()
    end)
    opened.reel.configure { base_url = service.url, callback_url = opened:url() }
    local task = opened.reel.text_to_video(lake)
    local began = job.now()
    task:wait({ timeout = 5 })
    assert.is_true(job.now() - began < 1)
    assert.equal(0, opened:count_lines "callback was refused")
  end)

  it("goes on soon when the callback comes before the end is in the record", function()
    local opened = start { polls = 2 }
    local task = opened.reel.text_to_video(dune)
    local waiting = job.spawn(task.wait, task)
    opened:deliver(1)
    assert.is_true(waiting:join(4))
    assert.equal(3, opened.service:count "record")
  end)

  it("goes on when the callback comes before the create's answer", function()
    local opened = start { polls = 0, create = { function(connection, request, service)
      local id = service:accept(request)
      connection:sleep(0.6)
      connection:answer(200, '{"code":200,"data":{"taskId":"' .. id .. '"}}')
    end } }
    local work = job.spawn(function() return opened.reel.text_to_video(dune):wait() end)
    opened.service:wait_for("create", 1)
    assert.equal(200, (opened:deliver(1)))
    assert.equal("latched", (opened:attempt(1)))
    assert.equal("success", result(work, 3).state)
  end)

  it("goes on when the vendor fails at first to tell the record", function()
    local opened = start { polls = 0, record = { "code_500", { code = 422 }, "reset" } }
    local task = opened.reel.text_to_video(dune)
    local waiting = job.spawn(task.wait, task)
    opened:deliver(1)
    assert.is_true(waiting:join(8))
  end)

  it("learns the end by its own queries when no callback comes", function()
    local opened = start({ polls = 1 }, { poll_first = 0.2, poll_max = 0.2 })
    assert.equal("success", opened.reel.text_to_video(dune):wait().state)
  end)

  it("queries less often with callbacks, unless a setting says how often", function()
    local opened = start(nil, { poll_first = false, poll_max = false })
    local settings = require("reel.config").settings()
    assert.same({ 15, 60 }, { settings.poll_first, settings.poll_max })
    opened.reel.configure { poll_max = 20 }
    settings = require("reel.config").settings()
    assert.same({ 15, 20 }, { settings.poll_first, settings.poll_max })
  end)

  it("is not resumed by callbacks for other attempts", function()
    local opened = start { polls = 0 }
    local first, second = opened.reel.text_to_video(dune), opened.reel.text_to_video(lake)
    local waiting = job.spawn(first.wait, first)
    opened:deliver(2)
    opened:wait_for_state(2, "succeeded") -- nobody waits for it, and yet its end is in the journal
    assert.is_false(waiting:join(0.05))
    assert.same({ "waiting", "success" }, { first.state, second.state })
    waiting:cancel()
  end)
end)

describe("an ambiguous create", function()
  local lost <const> = { polls = 0, create = { "reset" } }

  it("settles itself when its callback comes", function()
    local opened = start(lost)
    local work = making(opened, dune)
    opened:wait_for_state(1, "ambiguous")
    assert.is_false(work:join(0.1))
    opened:deliver(1)
    local task = result(work, 2)
    assert.equal(opened:task(1), task.id)
    assert.equal("success", task:wait().state)
    assert.equal(1, opened.service:count "create")
    assert.same({ "succeeded", "callback" }, { (opened:attempt(1)),
      opened:rows("SELECT resolved_by FROM attempt")[1].resolved_by })
    assert.equal(1, opened:count_lines "attempt 1 is settled by its callback")
  end)

  it("is told about at once, and raised when no callback came in the time a task may take",
    function()
      local opened = start(lost, { wait_timeout = 1 })
      local err = failure(opened.reel.text_to_video, dune)
      assert.same({ "ambiguous", 1, "maybe" }, { err.kind, err.attempt, err.billed })
      assert.equal(1, opened:count_lines "attempt 1 .* its callback can settle it")
      assert.is_true(require("reel.session").needs_person())
      opened:deliver(1) -- later still
      opened:wait_for_state(1, "succeeded")
      assert.equal(opened:task(1), opened.reel.text_to_video(dune).id)
    end)

  it("is raised at once without callbacks", function()
    local opened = start(lost, { callback_url = false })
    assert.equal("ambiguous", failure(opened.reel.text_to_video, dune).kind)
    assert.equal(0, opened:count_lines "can settle it")
  end)

  it("waits for the callback after a restart, too", function()
    local opened = start(lost)
    make_and_leave(opened)
    opened:restart()
    local work = making(opened, dune)
    assert.is_false(work:join(0.3))
    opened:deliver(1)
    assert.equal(opened:task(1), result(work).id)
    assert.equal(1, opened.service:count "create")
  end)

  it("is settled at the next start by a callback that came before", function()
    local opened = start(lost)
    make_and_leave(opened)
    opened:restart({ callback_url = false })
    require("reel.journal.inbox").store(require("reel.session").journal(), select(2,
      opened:task(1)),
      (opened:task(1)))
    assert.equal(opened:task(1), opened.reel.text_to_video(dune):wait({ timeout = 5 }).id)
    assert.equal(1, opened.service:count "create")
    assert.same({}, opened:rows("SELECT 1 FROM inbox WHERE applied_ms IS NULL"))
  end)

  it("goes on when a person adopts its task meanwhile", function()
    local opened = start(lost)
    local work = making(opened, dune)
    opened:wait_for_state(1, "ambiguous")
    require("reel.pay.decide").adopt(1, (opened:task(1)))
    assert.equal(opened:task(1), result(work, 2).id)
  end)

  it("is not settled by another attempt's task, but by its own afterwards", function()
    local opened = start({ polls = 0, create = { "ok", "reset" } }, { webhook_key = false })
    opened.reel.text_to_video(lake)
    local work = making(opened, dune)
    opened:wait_for_state(2, "ambiguous")
    opened:deliver(2, { id = (opened:task(1)) })
    opened:deliver(2, { id = "invented" })
    assert.is_false(work:join(1))
    assert.equal("ambiguous", (opened:attempt(2)))
    opened:deliver(2)
    assert.equal(opened:task(2), result(work, 3).id)
  end)

  local URL <const> = "http://x.invalid/NONCE"
  -- what the record tells of the request it was made from
  local wrong <const> = {
    { "another nonce",
      { "sora-2-text-to-video", "http://x.invalid/" .. ("ab"):rep(16), "a dune" } },
    { "no nonce", { "sora-2-text-to-video", nil, "a dune" } },
    { "another model", { "sora-2-image-to-video", URL, "a dune" } },
    { "another input", { "sora-2-text-to-video", URL, "a hill" } },
  }
  for _, entry in ipairs(wrong) do
    local title, case = table.unpack(entry)
    it("is not settled by a record with " .. title, function()
      local opened = start(lost)
      local work = making(opened, dune)
      opened:wait_for_state(1, "ambiguous")
      local _, nonce = opened:task(1)
      local param = { model = case[1], callBackUrl = case[2] and case[2]:gsub("NONCE", nonce),
        input = { prompt = case[3] } }
      opened.service:script("record", { { record = {
        param = require("reel.base.canonical_json").encode(param), model = case[1] } } })
      opened:deliver(1)
      assert.is_false(work:join(1))
      assert.equal("ambiguous", (opened:attempt(1)))
      assert.equal(1, opened:count_lines "callback for attempt 1 changes nothing")
      opened:deliver(1)
      assert.equal(opened:task(1), result(work, 3).id)
    end)
  end

  it("is settled by a task whose record is not there at first", function()
    local opened = start { polls = 0, create = { "reset" }, record = { { code = 422 },
      "code_500" } }
    local work = making(opened, dune)
    opened:wait_for_state(1, "ambiguous")
    opened:deliver(1)
    assert.equal(opened:task(1), result(work, 6).id)
  end)

  it("that failed is raised as that", function()
    local opened = start { polls = 0, create = { "reset" },
      outcome = { state = "fail", failMsg = "no", failCode = "500" } }
    local work = making(opened, dune)
    opened:wait_for_state(1, "ambiguous")
    opened:deliver(1)
    local task = result(work)
    assert.equal("failed", failure(task.wait, task).kind)
    assert.equal("failed", (opened:attempt(1)))
  end)
end)

describe("a late find", function()
  -- A call that was given up; the job that made it is gone.
  local function give_up(opened, kind)
    make_and_leave(opened)
    opened:restart()
    require("reel.pay.decide").resolve(1, kind, "looked")
  end

  it("is the call's task while it has no other", function()
    local opened = start { polls = 0, create = { "reset" } }
    give_up(opened, "absent")
    require("reel.webhook.reconcile").start()
    opened:deliver(1)
    opened:wait_for_state(1, "succeeded")
    assert.equal(opened:task(1), opened.reel.text_to_video(dune).id)
    assert.equal(1, opened.service:count "create")
  end)

  local function leave_surplus()
    local opened = start { polls = 0, create = { "reset" } }
    give_up(opened, "resend")
    local second = opened.reel.text_to_video(dune).id
    opened:deliver(1)
    opened:wait_for_state(1, "surplus")
    return opened, second
  end

  it("is surplus once the call was paid for again, and kept", function()
    local opened, second = leave_surplus()
    assert.equal(opened:task(2), second)
    assert.equal(second, opened.reel.text_to_video(dune).id)
    require("reel.tasks.results").finish(5)
    assert.equal(1, opened:rows("SELECT count(*) AS n FROM artifact WHERE attempt_id = 1")[1].n)
    assert.same({ "surplus", (opened:task(1)) }, { opened:attempt(1) })
  end)

  it("serves the next take in place of a create, in this run and later ones", function()
    local opened = leave_surplus()
    for _ = 1, 2 do
      local task = opened.reel.text_to_video(dune, { take = 2 })
      assert.equal(opened:task(1), task.id)
      assert.equal("success", task:wait({ timeout = 2 }).state)
      assert.equal(2, opened.service:count "create")
      opened:restart()
    end
    assert.equal(opened:task(2), opened.reel.text_to_video(dune).id)
    local third = opened.reel.text_to_video(dune, { take = 3 })
    assert.equal(opened:task(3), third.id)
  end)

  it("serves one of two takes that ask at once", function()
    local opened = leave_surplus()
    local works = { making(opened, dune, { take = 2 }), making(opened, dune, { take = 3 }) }
    local found = {}
    for i, work in ipairs(works) do found[i] = result(work).id end
    assert.equal(3, opened.service:count "create")
    assert.is_true((found[1] == opened:task(1)) ~= (found[2] == opened:task(1)))
  end)

  local function fail_second(opened)
    opened.service:script("record", { { record = { state = "fail", failMsg = "no" } } })
    opened:deliver(2)
    opened:wait_for_state(2, "failed")
  end

  it("is the call's task when the one made in its place has failed", function()
    local opened = start { polls = 0, create = { "reset" } }
    give_up(opened, "resend")
    opened.reel.text_to_video(dune)
    fail_second(opened)
    opened:deliver(1)
    opened:wait_for_state(1, "succeeded")
    opened:restart()
    assert.equal(opened:task(1), opened.reel.text_to_video(dune):wait().id)
    assert.equal(2, opened.service:count "create")
  end)

  it("serves a failed call that is made anew", function()
    local opened = leave_surplus()
    fail_second(opened)
    opened:restart()
    local failed = opened.reel.text_to_video(dune)
    assert.equal("failed", failure(failed.wait, failed).kind)
    assert.equal(opened:task(1), opened.reel.text_to_video(dune, { retry_failed = true }).id)
    assert.equal(2, opened.service:count "create")
  end)

  it("that a person adopted is kept when its callback comes", function()
    local opened = start { polls = 0, create = { "reset" } }
    give_up(opened, "resend")
    opened.reel.text_to_video(dune)
    require("reel.pay.decide").adopt(1, (opened:task(1)))
    assert.equal(200, (opened:deliver(1)))
    wait_until(function()
      return opened:rows("SELECT count(*) AS n FROM artifact")[1].n == 1 -- its result is kept
    end)
    assert.equal("surplus", (opened:attempt(1)))
  end)

  it("that failed is offered to nobody", function()
    local opened = start { polls = 0, create = { "reset" } }
    give_up(opened, "resend")
    opened.reel.text_to_video(dune)
    opened.service:script("record", { always = { record = { state = "fail", failMsg = "no" } } })
    opened:deliver(1)
    opened:wait_for_state(1, "surplus")
    opened.reel.text_to_video(dune, { take = 2 })
    assert.equal(3, opened.service:count "create")
  end)

  it("that fails as a substitute is replaced by a retry", function()
    local opened = start { polls = 0, create = { "reset" } }
    give_up(opened, "resend")
    opened.reel.text_to_video(dune)
    require("reel.pay.decide").adopt(1, (opened:task(1)))
    opened.service:script("record", { always = { record = { state = "fail", failMsg = "no" } } })
    local task = opened.reel.text_to_video(dune, { take = 2 })
    assert.same({ opened:task(1), "failed" }, { task.id, failure(task.wait, task).kind })
    local retried = opened.reel.text_to_video(dune, { take = 2, retry_failed = true })
    assert.equal(opened:task(3), retried.id)
  end)

  it("is no create in a plan", function()
    local opened = leave_surplus()
    local plan = require("reel.pay.plan").start()
    opened.reel.text_to_video(dune, { take = 2 })
    opened.reel.text_to_video(dune, { take = 3 })
    assert.same({ "done", "done" }, { plan.calls[1].fate, plan.calls[2].fate })
    require("reel.session").plan = nil
  end)
end)

describe("a callback for a call that was refused", function()
  it("is logged with the task's id and changes nothing", function()
    local opened = start({ create = { "code_402" } }, { webhook_key = false })
    assert.equal("credits", failure(opened.reel.text_to_video, dune).kind)
    local nonce = opened:rows("SELECT nonce FROM attempt")[1].nonce
    opened.reel.text_to_video(lake)
    assert.equal(200, (opened:deliver(1, { nonce = nonce, id = "odd" })))
    wait_until(function()
      return opened:count_lines "attempt 1 changes nothing: .* task odd" == 1
    end)
    assert.equal("refused", (opened:attempt(1)))
  end)
end)
