-- The I/O thread, tested by its simplest operation, the sleep; a C program tests it with a driver
-- that cannot wait.
require "reel.core"
local clock = require "support.clock"
local job = require "reel.core.job"

local build = os.getenv("REEL_BUILD_DIR") or "build"

-- Runs a check of io_checks.c and returns its output.
local function check(name)
  local pipe = assert(io.popen(("timeout 100 %s/spec/io_checks %s 2>&1"):format(build, name)))
  local output = pipe:read("a")
  assert(pipe:close(), output)
  return output
end

-- Starts one job for each number of seconds. Each sleeps, and adds its index to `woken` afterwards.
local function sleepers(seconds)
  local woken, jobs = {}, {}
  for i, each in ipairs(seconds) do
    jobs[i] = job.spawn(function()
      job.sleep(each)
      woken[#woken + 1] = i
    end)
  end
  return jobs, woken
end

local function join_all(jobs)
  for _, each in ipairs(jobs) do assert.is_true(each:join(60)) end
end

-- A pseudo-random function that returns integers from 0 below n, the same ones for the same seed.
local function numbers(seed)
  return function(n)
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed // 65536 % n
  end
end

describe("the I/O thread", function()
  after_each(function() assert.same({}, job.failures()) end)

  it("returns timers in the order in which they are due", function()
    local jobs, woken = sleepers { 0.04, 0.01, 0.06, 0.02, 0 }
    join_all(jobs)
    assert.same({ 5, 2, 4, 1, 3 }, woken)
  end)

  it("returns equal timers in the order they were set", function()
    local times = {}
    for i = 1, 500 do times[i] = 0 end
    local jobs, woken = sleepers(times)
    join_all(jobs)
    for i = 1, 500 do assert.same(i, woken[i]) end
  end)

  it("wakes no job early among thousands of timers, many of them cancelled", function()
    local random = numbers(7)
    local jobs, counts = {}, {}
    for i = 1, 3000 do
      local seconds = i % 3 == 0 and 60 or random(200) / 1000
      jobs[i] = job.spawn(function()
        local started = job.now()
        job.sleep(seconds)
        assert(job.now() - started >= seconds - 1e-6, "woken early")
      end)
    end
    for i = 3, 3000, 3 do
      if i % 30 == 0 then job.sleep(0) end
      jobs[i]:cancel()
    end
    join_all(jobs)
    for _, each in ipairs(jobs) do counts[each.status] = (counts[each.status] or 0) + 1 end
    assert.same({ done = 2000, cancelled = 1000 }, counts)
  end)

  it("cancels a timer of years at once", function()
    local before = job.now()
    local each = job.spawn(function() job.sleep(1e9) end)
    job.sleep(0)
    each:cancel()
    assert.is_true(each:join(5))
    assert.is_true(job.now() - before < 1)
  end)

  it("survives a cancel at any moment of an operation", function()
    local random = numbers(11)
    for _ = 1, 300 do
      local each = job.spawn(function() job.sleep(random(3) / 1000) end)
      local deadline = job.now() + random(4) / 1000
      if random(2) == 0 then job.sleep(0) end
      while job.now() < deadline do end
      each:cancel()
      assert.is_true(each:join(5))
      assert.is_not.same("failed", each.status)
    end
  end)

  -- ThreadSanitizer's time for operations grows with the square of their number.
  local many <const> = os.getenv("REEL_SANITIZE") == "thread" and 2000 or 10000

  it(("carries %d operations at once"):format(many), function()
    local times = {}
    for i = 1, many do times[i] = 0.05 end
    local jobs, woken = sleepers(times)
    join_all(jobs)
    assert.same(many, #woken)
  end)

  it("ends the sleeps that are due, in their order, when the clock is moved ahead", function()
    local jobs, woken = sleepers { 300, 100, 200 }
    local before = job.now()
    clock.advance(250)
    assert.is_true(job.now() - before >= 250)
    assert.same({ 2, 3 }, woken)
    clock.advance(50)
    assert.same({ 2, 3, 1 }, woken)
    join_all(jobs)
  end)

  it("wakes when the clock is moved, however long it would sleep", function()
    local each = job.spawn(job.sleep, 3000)
    clock.settle()
    job.advance(3000.001)
    assert.is_true(each:join(5))
  end)

  it("has a clock that only goes forward", function()
    for _, seconds in ipairs { -1, 0 / 0, 1e10, "x" } do
      assert.has_error(function() job.advance(seconds) end)
    end
  end)

  it("wakes the host for returned operations while it blocks in another wait", function()
    local signal = job.signal()
    job.spawn(function()
      job.sleep(0.005)
      job.sleep(0.005)
      signal:fire()
    end)
    assert.is_true(signal:wait(60))
  end)
end)

describe("an I/O thread that cannot wait", function()
  local report = "reel: the I/O thread cannot wait for its work: out of memory;"
    .. " it looks for work every 100 ms\n"

  it("serves timers and descriptors without spinning, and says so once", function()
    assert.equal(report, check "works_on")
  end)

  it("does not spin within its grace at the end", function()
    assert.equal(report, check "ends")
  end)

  it("lets transfers go on", function()
    assert.equal(report, check "transfers")
  end)
end)
