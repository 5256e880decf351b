-- Nothing outlives its use: jobs, coroutines, signals, results.
local clock = require "support.clock"
local in_job = require "support.in_job"
local job = require "reel.core.job"

local function collect()
  for _ = 1, 4 do collectgarbage() end
end

local function count(set)
  local n = 0
  for _ in pairs(set) do n = n + 1 end
  return n
end

local function weak()
  return setmetatable({}, { __mode = "k" })
end

describe("reel.core.job", function()
  after_each(function() assert.same({}, job.failures()) end)

  it("lets go of ended jobs, however they ended", function()
    local alive = weak()
    for _, fn in ipairs {
      function() end,
      function() job.sleep(0) end,
      function() return {} end,
      function() job.current():cancel() job.sleep(60) end,
      function() coroutine.wrap(job.sleep)(0) end,
    } do
      local each = job.spawn(fn)
      alive[each] = true
      each:join()
    end
    collect()
    assert.same(0, count(alive))
  end)

  it("lets go of a failed job once the failure was looked at", function()
    local alive = weak()
    local function start()
      local each = job.spawn(error, "boom")
      alive[each] = true
      each:join()
      return each
    end
    start()
    collect()
    assert.same(1, count(alive))
    job.failures()
    assert.same("boom", start().error)
    collect()
    assert.same(0, count(alive))
  end)

  it("keeps what a job holds as long as it waits, though nobody else holds the job", function()
    local alive, signal, woken = weak(), job.signal(), false
    job.spawn(function()
      local treasure = {}
      alive[treasure] = true
      signal:wait(5)
      woken = next(treasure) == nil
    end)
    job.sleep(0)
    collect()
    assert.same(1, count(alive))
    signal:fire()
    job.sleep(0)
    assert.is_true(woken)
    collect()
    assert.same(0, count(alive))
  end)

  it("lets go of an ended job's coroutine and keeps its results", function()
    local coroutines = weak()
    local each = job.spawn(function()
      coroutines[coroutine.running()] = true
      return { "result" }
    end)
    each:join()
    collect()
    assert.same(0, count(coroutines))
    assert.same({ "result" }, (each:result()))
  end)

  it("survives the collection of signals and jobs that a wait with a deadline used", function()
    for _ = 1, 20 do
      assert.is_false(job.signal():wait(0.001))
      in_job(function()
        local forever = job.spawn(function() job.signal():wait(60) end)
        assert.is_false(forever:join(0.001))
        forever:cancel()
      end)
      collect()
    end
  end)

  it("runs 2,000 jobs that sleep, wait, join and cancel at random, and nothing is left", function()
    local random = math.random
    math.randomseed(42)
    local alive, coroutines, closed, started = weak(), weak(), 0, 0
    local jobs, signals = {}, {}
    for i = 1, 20 do signals[i] = job.signal() end

    local function any(list)
      return list[random(#list)]
    end
    local moves = {
      function() job.sleep(random(5) / 1000) end,
      function() any(signals):wait(random(5) / 1000) end,
      function() any(signals):fire() end,
      function() any(jobs):cancel() end,
      function() pcall(any(jobs).join, any(jobs), random(5) / 1000) end,
      function() pcall(job.sleep, random(5) / 1000) end,
      function() job.shield(job.sleep, random(3) / 1000) end,
      function() coroutine.wrap(function() job.sleep(random(3) / 1000) end)() end,
      function()
        local child = job.spawn(job.sleep, random(5) / 1000)
        alive[child] = true
        if random(3) == 1 then child:detach() end
      end,
      function() return any(jobs).error end,
    }
    local function live()
      coroutines[coroutine.running()] = true
      started = started + 1
      local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
      for _ = 1, random(8) do any(moves)() end
    end

    for i = 1, 2000 do
      jobs[i] = job.spawn(live)
      alive[jobs[i]] = true
    end
    for _, each in ipairs(jobs) do assert.is_true(each:join(30)) end
    assert.same(started, closed)
    for _, each in ipairs(jobs) do
      assert.is_true(each.status == "done" or each.status == "cancelled", each.status)
    end
    jobs, moves = nil, nil
    clock.advance(1) -- the detached ones end
    collect()
    assert.same(0, count(alive))
    assert.same(0, count(coroutines))
  end)

  describe("with a collector that", function()
    -- Runs the other specs of jobs in a process of their own.
    local function run(mode)
      local pipe = assert(io.popen(([[
        REEL_COLLECTOR=%s timeout 100 lua5.4 "$(command -v busted)" --ignore-lua --output=TAP \
          --cpath='%s' --helper=spec/support/eager_collector.lua \
          spec/src/bind/job/parking_spec.lua spec/src/bind/job/cancel_spec.lua \
          spec/src/bind/job/coroutine_spec.lua 2>&1
      ]]):format(mode, package.cpath:match("[^;]+"))))
      local output, failures = pipe:read("a"), {}
      local ok = pipe:close()
      for line in output:gmatch("not ok [^\n]*\n#[^\n]*\n#[^\n]*") do
        failures[#failures + 1] = line
      end
      assert.same({}, failures)
      assert.is_true(ok, output)
      assert.matches("1%.%.%d%d", output)
    end

    it("is generational, all other specs hold", function() run "generational" end)
    it("never rests, all other specs hold", function() run "eager" end)
  end)
end)
