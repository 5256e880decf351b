local clock = require "support.clock"
local Error = require "reel.base.error"
local failure = require "support.failure"
local flow = require "reel.core" and require "reel.jobs.flow"
local job = require "reel.core.job"

local it = require "support.bounded"(it)

local function after(seconds, value)
  return function()
    job.sleep(seconds)
    return value
  end
end

local function fails_after(seconds, message)
  return function()
    job.sleep(seconds)
    Error.raise { kind = "server", message = message }
  end
end

-- A function that would run for a long time and records how it ended.
local function endless(notes)
  return function()
    local _ <close> = setmetatable({}, { __close = function(_, err)
      notes[#notes + 1] = rawequal(err, job.cancelled) and "cancelled" or tostring(err)
    end })
    job.sleep(100)
  end
end

describe("reel.spawn", function()
  it("runs a function beside its caller and returns its results to the wait", function()
    local order = {}
    local running = flow.spawn(function(a, b)
      order[#order + 1] = "job"
      return a + b, "more"
    end, 1, 2)
    order[#order + 1] = "caller"
    assert.same({ 3, "more" }, { running:wait() })
    assert.same({ "caller", "job" }, order)
    assert.equal("done", running.status)
  end)

  it("returns the results to each job that waits, also after the end", function()
    local running = flow.spawn(after(0.01, "x"))
    local other = flow.spawn(function() return running:wait() end)
    assert.same({ "x", "x", "x" }, { running:wait(), other:wait(), running:wait() })
  end)

  it("raises the function's error at the wait", function()
    local running = flow.spawn(fails_after(0, "broken"))
    assert.equal("broken", failure(running.wait, running).message)
    assert.equal("failed", running.status)
  end)

  it("ends a wait at its timeout, but not the job", function()
    local running = flow.spawn(after(0.1, "x"))
    assert.equal("timeout", failure(running.wait, running, { timeout = 0.01 }).kind)
    assert.equal("x", running:wait())
  end)

  it("cancels at the wait", function()
    local notes = {}
    local running = flow.spawn(endless(notes))
    flow.sleep(0)
    running:cancel()
    assert.equal("cancelled", failure(running.wait, running).kind)
    assert.same({ "cancelled" }, notes)
  end)
end)

describe("reel.all", function()
  it("returns the first results in the order of the items", function()
    local items = { after(0.03, "a"), flow.spawn(after(0, "b")), function() return "c", "more" end,
      { wait = function() return "d" end } }
    assert.same({ "a", "b", "c", "d" }, flow.all(items))
  end)

  it("runs the items side by side", function()
    local running = flow.spawn(flow.all, { after(10), after(10), after(10) })
    clock.advance(10)
    assert.equal("done", running.status)
  end)

  it("raises the first failure and cancels the rest", function()
    local notes = {}
    local running = flow.spawn(failure, flow.all, {
      endless(notes), fails_after(20, "second"), fails_after(10, "first"), endless(notes) })
    clock.advance(10)
    assert.equal("first", running:result().message)
    assert.same({ "cancelled", "cancelled" }, notes)
  end)

  it("cancels its items when it is cancelled", function()
    local notes = {}
    local running = flow.spawn(flow.all, { endless(notes), endless(notes) })
    clock.settle()
    running:cancel()
    assert.is_true(running:join(1))
    assert.same({ "cancelled", "cancelled" }, notes)
  end)

  it("returns at once from an empty list", function()
    assert.same({}, flow.all {})
  end)

  it("lets items wait for items", function()
    assert.same({ { "a", "b" }, { "c" } }, flow.all {
      function() return flow.all { after(0.01, "a"), after(0, "b") } end,
      function() return flow.all { after(0, "c") } end,
    })
  end)
end)

describe("reel.any", function()
  it("returns the first success and its place, and cancels the rest", function()
    local notes = {}
    local result, place = flow.any { endless(notes), fails_after(0, "no"), after(0.02, "yes"),
      endless(notes) }
    assert.same({ "yes", 3 }, { result, place })
    job.sleep(0)
    assert.same({ "cancelled", "cancelled" }, notes)
  end)

  it("counts a function that returns nothing or false as a success", function()
    assert.same({ nil, 1 }, { flow.any { function() end } })
    assert.same({ false, 1 }, { flow.any { function() return false end } })
  end)

  it("raises the last failure when all fail", function()
    local err = failure(flow.any, { fails_after(0.02, "last"), fails_after(0, "first") })
    assert.equal("last", err.message)
  end)

  it("needs an item", function()
    assert.equal("invalid", failure(flow.any, {}).kind)
  end)
end)

describe("reel.map", function()
  it("calls the function with every item and its place, results in order", function()
    local results, errors = flow.map({ 30, 10, 20 }, function(ms, place)
      job.sleep(ms / 1000)
      return place .. ":" .. ms
    end)
    assert.same({ "1:30", "2:10", "3:20" }, results)
    assert.same({}, errors)
  end)

  local function most_at_once(limit, count)
    local list, inside, most, order = {}, 0, 0, {}
    for i = 1, count do list[i] = i end
    flow.map(list, function(i)
      order[#order + 1] = i
      inside = inside + 1
      most = math.max(most, inside)
      job.sleep(0)
      inside = inside - 1
    end, { limit = limit })
    assert.same(list, order)
    return most
  end

  it("runs at most as many jobs at once as its limit, in order", function()
    assert.equal(3, most_at_once(3, 10))
    assert.equal(1, most_at_once(1, 4))
    assert.equal(4, most_at_once(9, 4))
    assert.equal(10, most_at_once(nil, 10))
  end)

  it("raises the first failure and starts no more items", function()
    local started = 0
    local err = failure(flow.map, { 1, 2, 3, 4, 5 }, function(i)
      started = started + 1
      job.sleep(0)
      if i == 2 then Error.raise { kind = "server", message = "second" } end
    end, { limit = 2 })
    assert.equal("second", err.message)
    clock.settle()
    assert.is_true(started <= 3)
  end)

  it("returns failures beside the results on request", function()
    local results, errors = flow.map({ 1, 2, 3 }, function(i)
      if i == 2 then Error.raise { kind = "failed", message = "no luck" } end
      return i * 10
    end, { on_error = "collect" })
    assert.same({ 10, nil, 30 }, results)
    assert.equal("no luck", errors[2].message)
    assert.is_nil(errors[1] or errors[3])
  end)

  it("does not collect mistakes of the script", function()
    local err = failure(flow.map, { 1 }, function() error("a typo", 0) end,
      { on_error = "collect" })
    assert.equal("a typo", err)
  end)

  it("may be nested, with limits of its own", function()
    local inside, most = 0, 0
    local results = flow.map({ "a", "b", "c" }, function(letter)
      return flow.map({ 1, 2, 3 }, function(i)
        inside = inside + 1
        most = math.max(most, inside)
        job.sleep(0)
        inside = inside - 1
        return letter .. i
      end, { limit = 2 })
    end, { limit = 2 })
    assert.same({ { "a1", "a2", "a3" }, { "b1", "b2", "b3" }, { "c1", "c2", "c3" } }, results)
    assert.equal(4, most)
  end)

  it("returns at once from an empty list", function()
    assert.same({ {}, {} }, { flow.map({}, error) })
  end)
end)

describe("reel.timeout", function()
  it("returns what the function returns in time", function()
    assert.same({ 1, 2 }, { flow.timeout(5, function(a) return a, 2 end, 1) })
  end)

  it("raises timeout and cancels the function", function()
    local notes = {}
    local err = failure(flow.timeout, 0.01, endless(notes))
    assert.equal("timeout", err.kind)
    job.sleep(0)
    assert.same({ "cancelled" }, notes)
  end)

  it("raises what the function raises", function()
    assert.equal("early", failure(flow.timeout, 5, fails_after(0, "early")).message)
  end)

  it("can be nested: the earlier timeout counts", function()
    local err = failure(flow.timeout, 0.02, function()
      flow.timeout(5, job.sleep, 5)
    end)
    assert.matches("0.02", err.message)
  end)
end)

describe("reel.sleep", function()
  it("waits for the given time", function()
    local began = job.now()
    flow.sleep(0.05)
    assert.is_true(job.now() - began >= 0.05)
  end)
end)

describe("reel.shield", function()
  it("lets a clean-up wait when the job is cancelled", function()
    local notes = {}
    local running = flow.spawn(function()
      local _ <close> = setmetatable({}, { __close = function()
        flow.shield(function(word)
          flow.sleep(0)
          notes[#notes + 1] = word
        end, "cleaned")
      end })
      flow.sleep(100)
    end)
    flow.sleep(0)
    running:cancel()
    assert.is_true(running:join(1))
    assert.same({ "cleaned" }, notes)
    assert.equal("cancelled", running.status)
  end)
end)

describe("reel.try", function()
  it("returns failures but raises a cancel", function()
    local value, err = Error.try(flow.timeout, 0, flow.sleep, 5)
    assert.same({ nil, "timeout" }, { value, err.kind })
    local running = flow.spawn(function()
      Error.try(flow.sleep, 100)
      return "swallowed"
    end)
    flow.sleep(0)
    running:cancel()
    assert.is_true(running:join(1))
    assert.equal("cancelled", running.status)
  end)
end)

describe("a wrong argument", function()
  it("is reported at the caller's line", function()
    local calls = {
      function() flow.spawn(7) end,
      function() flow.sleep "1" end,
      function() flow.sleep(-1) end,
      function() flow.sleep(0 / 0) end,
      function() flow.shield() end,
      function() flow.timeout("1", print) end,
      function() flow.timeout(1) end,
      function() flow.all(7) end,
      function() flow.all { print, 7 } end,
      function() flow.all { print, nil, print } end,
      function() flow.all { first = print } end,
      function() flow.any(7) end,
      function() flow.any {} end,
      function() flow.any { "x" } end,
      function() flow.map(7, print) end,
      function() flow.map({ 1, nil, 3 }, print) end,
      function() flow.map({ name = 1 }, print) end,
      function() flow.map({ 1 }, 7) end,
      function() flow.map({ 1 }, print, { limit = 0 }) end,
      function() flow.map({ 1 }, print, { limits = 1 }) end,
      function() flow.map({ 1 }, print, { on_error = "ignore" }) end,
      function() flow.map({ 1 }, print, 7) end,
    }
    for i, call in ipairs(calls) do
      local info, err = debug.getinfo(call, "S"), failure(call)
      assert.equal("invalid", err.kind, i)
      assert.equal(info.short_src .. ":" .. info.linedefined, err.where, i)
    end
  end)
end)
