local semaphore = require "reel.core" and require "reel.jobs.semaphore"
local job = require "reel.core.job"

local it = require "support.bounded"(it)

local function join_all(jobs)
  for _, each in ipairs(jobs) do assert.is_true(each:join(5)) end
end

describe("reel.jobs.semaphore", function()
  it("lets at most its limit of jobs in at once, in the order in which they came", function()
    local slots, inside, most, order, jobs = semaphore.new(2), 0, 0, {}, {}
    for i = 1, 6 do
      jobs[i] = job.spawn(slots.run, slots, function()
        order[#order + 1] = i
        inside = inside + 1
        most = math.max(most, inside)
        job.sleep(0)
        inside = inside - 1
      end)
    end
    join_all(jobs)
    assert.equal(2, most)
    assert.same({ 1, 2, 3, 4, 5, 6 }, order)
  end)

  it("returns what the function returns and passes its arguments", function()
    assert.same({ 1, nil, 3 }, { semaphore.new(1):run(function(...) return ... end, 1, nil, 3) })
  end)

  it("is free again after an error", function()
    local slots = semaphore.new(1)
    assert.is_false(pcall(slots.run, slots, error, "x"))
    assert.equal("y", slots:run(function() return "y" end))
  end)

  it("is free again after a job is cancelled inside or while it waits", function()
    local slots = semaphore.new(1)
    local holder = job.spawn(slots.run, slots, job.sleep, 100)
    local waiter = job.spawn(slots.run, slots, job.sleep, 100)
    local last = job.spawn(slots.run, slots, function() return "in" end)
    job.sleep(0)
    waiter:cancel()
    holder:cancel()
    assert.is_true(last:join(1))
    assert.equal("in", last:result())
  end)

  local function cancel_in_the_moment_of_the_turn(first, second)
    local slots = semaphore.new(1)
    slots:enter()
    local waiter = job.spawn(slots.run, slots, job.sleep, 100)
    local last = job.spawn(slots.run, slots, function() return "in" end)
    job.sleep(0)
    first(slots, waiter)
    second(slots, waiter) -- the waiter has not run in between
    assert.is_true(last:join(1))
    assert.equal("in", last:result())
  end

  it("lets the next job in when a job is cancelled in the moment that lets it in", function()
    local function leave(slots) slots:leave() end
    local function cancel(_, waiter) waiter:cancel() end
    cancel_in_the_moment_of_the_turn(leave, cancel)
    cancel_in_the_moment_of_the_turn(cancel, leave)
  end)

  it("lets in no more than a limit that was lowered meanwhile", function()
    local slots, order = semaphore.new(2), {}
    slots:enter()
    slots:enter()
    local waiter = job.spawn(slots.run, slots, function() order[#order + 1] = "in" end)
    slots:set_limit(1)
    slots:leave()
    job.sleep(0)
    assert.same({}, order)
    slots:leave()
    assert.is_true(waiter:join(1))
    assert.same({ "in" }, order)
  end)

  it("lets waiting jobs in when the limit is raised", function()
    local slots = semaphore.new(1)
    slots:enter()
    local waiter = job.spawn(slots.run, slots, function() return "in" end)
    job.sleep(0)
    slots:set_limit(2)
    assert.is_true(waiter:join(1))
  end)
end)
