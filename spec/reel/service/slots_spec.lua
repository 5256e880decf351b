require "reel.core"
local job = require "reel.core.job"
local slots = require "reel.service.slots"

describe("reel.service.slots", function()
  -- Jobs that enter one after the other, note it, and stay until they are let go.
  local function crowd(count, size)
    local line, entered, free, gate, jobs = slots.new(size), {}, {}, job.signal(), {}
    for i = 1, count do
      jobs[i] = job.spawn(function()
        local slot <close> = line:enter()
        entered[#entered + 1] = i
        while not free[i] do
          gate:wait()
        end
        return slot
      end)
    end
    job.sleep(0)
    local function let_go(i)
      free[i] = true
      gate:fire()
      assert.is_true(jobs[i]:join(5))
    end
    return entered, let_go, jobs
  end

  it("let so many in, and the next when one leaves, in order", function()
    local entered, let_go = crowd(4, 2)
    assert.same({ 1, 2 }, entered)
    for i = 1, 4 do
      let_go(i)
    end
    assert.same({ 1, 2, 3, 4 }, entered)
  end)

  it("forget a job that is cancelled in the line", function()
    local entered, let_go, jobs = crowd(3, 1)
    jobs[2]:cancel()
    assert.is_true(jobs[2]:join(5))
    let_go(1)
    let_go(3)
    assert.same({ 1, 3 }, entered)
  end)

  it("pass on the slot that a cancelled job is handed before it can leave the line", function()
    local line, entered, gate = slots.new(1), {}, job.signal()
    local second
    local first = job.spawn(function()
      local slot <close> = line:enter()
      gate:wait()
      second:cancel() -- it is still in the line when the slot comes free
      return slot
    end)
    second = job.spawn(function() entered[1] = line:enter() end)
    job.sleep(0)
    gate:fire()
    assert.is_true(first:join(5))
    assert.is_true(second:join(5))
    assert.same({}, entered)
    local third = job.spawn(function() return line:enter() end)
    assert.is_true(third:join(5))
  end)
end)
