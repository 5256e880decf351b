-- Cancelling: before, during and after a wait; what clean-up may do; the last resort.
local clock = require "support.clock"
local in_job = require "support.in_job"
local job = require "reel.core.job"

local grace = 2 -- seconds that a cancelled job has to end by itself

local function pause()
  job.sleep(0)
end

-- A value that calls fn when its block is left.
local function cleanup(fn)
  return setmetatable({}, { __close = fn })
end

-- Starts a job, lets it reach its wait, cancels it and waits for its end; three waits of half
-- a second pass meanwhile, which is less than the grace period.
local function cancel_waiting(fn, ...)
  local each = job.spawn(fn, ...)
  clock.settle()
  each:cancel()
  for _ = 1, 3 do clock.advance(0.5) end
  assert.is_true(each:join(5))
  return each
end

describe("reel.core.job", function()
  after_each(function() assert.same({}, job.failures()) end)

  describe(":cancel", function()
    it("before the start: the function never runs", function()
      local ran = false
      local each = job.spawn(function() ran = true end)
      each:cancel()
      assert.is_true(each:join(5))
      assert.same({ "cancelled", false }, { each.status, ran })
      assert.equal(job.cancelled, each.error)
    end)

    it("while waiting: the wait raises the one cancelled error", function()
      local raised
      local each = cancel_waiting(function()
        raised = select(2, pcall(job.sleep, 60))
        error(raised, 0)
      end)
      assert.equal(job.cancelled, raised)
      assert.same("cancelled", raised.kind)
      assert.same("cancelled", each.status)
    end)

    it("ends waits on signals and on jobs, and takes the waiter from them", function()
      local signal = job.signal()
      local long = job.spawn(signal.wait, signal)
      for _, wait in ipairs {
        function() signal:wait() end,
        function() signal:wait(60) end,
        function() long:join() end,
        function() long:join(60) end,
      } do
        assert.same("cancelled", cancel_waiting(wait).status)
      end
      signal:fire()
      assert.is_true(long:join(5))
    end)

    it("cannot be swallowed by pcall: every later wait raises again", function()
      local raises = 0
      cancel_waiting(function()
        for _ = 1, 5 do
          if not pcall(job.sleep, 60) then raises = raises + 1 end
        end
      end)
      assert.same(5, raises)
    end)

    it("lets a function that swallowed it return its values", function()
      local each = cancel_waiting(function()
        pcall(job.sleep, 60)
        return "partial"
      end)
      assert.same({ "done", "partial" }, { each.status, each:result() })
    end)

    it("between the end of a wait and its return leaves that wait its result", function()
      in_job(function()
        local signal = job.signal()
        local each = job.spawn(function()
          local results = { signal:wait(60) }
          results[2] = pcall(job.sleep, 60)
          return results
        end)
        pause()
        signal:fire()
        each:cancel()
        each:join()
        assert.same({ true, false }, each:result())
      end)
    end)

    it("twice, and after the end, does nothing more", function()
      local each = cancel_waiting(function()
        local _ <close> = cleanup(function() job.shield(pause) end)
        job.sleep(60)
      end)
      each:cancel()
      assert.same("cancelled", each.status)
      local done = job.spawn(function() return 1 end)
      done:join()
      done:cancel()
      assert.same({ "done", 1 }, { done.status, done:result() })
    end)

    it("a second time does not disturb the clean-up of the first", function()
      local cleaned = false
      local each = job.spawn(function()
        local _ <close> = cleanup(function()
          job.shield(job.sleep, 1)
          cleaned = true
        end)
        job.sleep(60)
      end)
      clock.settle()
      each:cancel()
      clock.settle()
      each:cancel()
      clock.advance(1)
      each:join()
      assert.is_true(cleaned)
    end)

    it("of itself raises at the next wait", function()
      local reached
      local each = job.spawn(function()
        job.current():cancel()
        reached = "the wait"
        pause()
        reached = "behind it"
      end)
      each:join()
      assert.same({ "cancelled", "the wait" }, { each.status, reached })
    end)

    it("of a job that never waits again lets it end", function()
      local each = job.spawn(function()
        job.current():cancel()
        return "whole"
      end)
      each:join()
      assert.same("whole", each:result())
    end)

    it("reaches the children at once, and theirs", function()
      local started, statuses = 0, {}
      local each = job.spawn(function()
        for i = 1, 2 do
          job.spawn(function()
            local inner = job.spawn(job.sleep, 60)
            local _ <close> = cleanup(function() statuses[i] = inner.status end)
            started = started + 1
            job.sleep(60)
          end)
        end
        job.sleep(60)
      end)
      clock.settle()
      assert.same(2, started)
      each:cancel()
      assert.is_true(each:join(5))
      assert.same(2, #statuses)
    end)

    it("reaches the children of a function that has returned", function()
      local child
      local parent = cancel_waiting(function() child = job.spawn(job.sleep, 60) end)
      assert.same({ "done", "cancelled" }, { parent.status, child.status })
    end)

    it("reaches the children when the parent swallows it", function()
      local child
      cancel_waiting(function()
        pcall(job.sleep, 60)
        job.shield(function() child = job.spawn(job.sleep, 60) end)
      end)
      assert.same("cancelled", child.status)
    end)

    it("reaches jobs that a cancelled job spawns", function()
      local ran = false
      cancel_waiting(function()
        local _ <close> = cleanup(function()
          job.spawn(function() ran = true end)
          job.shield(pause)
        end)
        job.sleep(60)
      end)
      assert.is_false(ran)
    end)

    it("does not reach a detached child", function()
      local child
      cancel_waiting(function()
        child = job.spawn(function()
          job.sleep(0.5)
          return "whole"
        end):detach()
        job.sleep(60)
      end)
      child:join()
      assert.same("whole", child:result())
    end)

    it("makes no failure, but a clean-up that raises something else does", function()
      cancel_waiting(job.sleep, 60)
      assert.same({}, job.failures())
      local each = cancel_waiting(function()
        local _ <close> = cleanup(function() error("the clean-up broke", 0) end)
        job.sleep(60)
      end)
      assert.same("failed", each.status)
      assert.same("the clean-up broke", job.failures()[1].error)
    end)
  end)

  describe("a <close> variable", function()
    it("runs when its job is cancelled, and is told why", function()
      local why
      cancel_waiting(function()
        local _ <close> = cleanup(function(_, err) why = err end)
        job.sleep(60)
      end)
      assert.equal(job.cancelled, why)
    end)

    it("that waits is cut short, unless under a shield", function()
      local log = {}
      cancel_waiting(function()
        local _ <close> = cleanup(function()
          log[1] = pcall(job.sleep, 0.001)
          log[2] = pcall(job.shield, job.sleep, 0.001)
          log[3] = pcall(job.sleep, 0.001)
        end)
        job.sleep(60)
      end)
      assert.same({ false, true, false }, log)
    end)

    it("runs in every nested coroutine, the innermost first", function()
      local log = {}
      cancel_waiting(function()
        local _ <close> = cleanup(function() log[#log + 1] = "job" end)
        coroutine.wrap(function()
          local _ <close> = cleanup(function() log[#log + 1] = "outer" end)
          coroutine.wrap(function()
            local _ <close> = cleanup(function() log[#log + 1] = "inner" end)
            job.sleep(60)
          end)()
        end)()
      end)
      assert.same({ "inner", "outer", "job" }, log)
    end)
  end)

  describe(".shield", function()
    it("lets waits be, and passes values and errors through", function()
      in_job(function()
        assert.same({ 1, nil, 3, n = 3 }, table.pack(job.shield(function(...)
          pause()
          return ...
        end, 1, nil, 3)))
        assert.same({ false, "boom" }, { pcall(job.shield, error, "boom", 0) })
      end)
    end)

    it("holds a cancel off until it is left", function()
      local log = {}
      cancel_waiting(function()
        job.shield(function()
          job.sleep(0.5)
          log[1] = "whole"
        end)
        log[2] = "behind the shield"
        pause()
        log[3] = "behind the wait"
      end)
      assert.same({ "whole", "behind the shield" }, log)
    end)

    it("nests", function()
      local log = {}
      cancel_waiting(function()
        job.shield(function()
          job.shield(job.sleep, 0.5)
          log[1] = pcall(pause)
          pcall(job.shield, error)
          log[2] = pcall(pause)
        end)
        log[3] = pcall(pause)
      end)
      assert.same({ true, true, false }, log)
    end)

    it("spans the coroutines that run inside", function()
      local got = {}
      cancel_waiting(function()
        job.shield(function()
          for i in coroutine.wrap(function()
            for i = 1, 3 do
              job.sleep(0.5)
              coroutine.yield(i)
            end
          end) do
            got[i] = true
          end
        end)
      end)
      assert.same({ true, true, true }, got)
    end)

    it("protects the children that its clean-up waits for", function()
      local done = false
      cancel_waiting(function()
        job.shield(function()
          local helper = job.spawn(function()
            job.sleep(0.5)
            done = true
          end)
          helper:join()
        end)
      end)
      assert.is_true(done)
    end)

    it("cannot be left by a yield, nor be carried to another job", function()
      in_job(function()
        local co = coroutine.create(function() job.shield(coroutine.yield) end)
        local _, message = coroutine.resume(co)
        assert.matches("attempt to yield out of a shield", message)
      end)
      assert.same("cancelled", cancel_waiting(function()
        coroutine.wrap(function() pcall(job.shield, coroutine.yield) end)()
        job.sleep(60)
      end).status)
    end)

    it("wants a function", function()
      assert.has_error(function() job.shield() end,
        "bad argument #1 to 'shield' (function expected, got no value)")
    end)

    it("does nothing outside of a job", function()
      assert.same("value", job.shield(function()
        pause()
        return "value"
      end))
    end)
  end)

  describe("after the grace period", function()
    -- Starts a job that will not end by itself, cancels it, and lets the period pass.
    local function outlive(fn)
      local each = job.spawn(fn)
      clock.wait_until_parked(each)
      each:cancel()
      clock.advance(grace / 2)
      assert.not_equal("cancelled", each.status)
      clock.advance(grace / 2)
      assert.is_true(each:join(5))
      assert.same("cancelled", each.status)
    end

    it("a job that goes on waiting is reset, with its coroutines and <close> variables", function()
      local log, message = {}, nil
      local function stubborn()
        local _ <close> = cleanup(function() log[#log + 1] = "inner" end)
        while true do pcall(job.sleep, 60) end
      end
      outlive(function()
        local _ <close> = cleanup(function()
          log[#log + 1] = "job"
          message = select(2, pcall(pause))
        end)
        coroutine.wrap(function()
          local _ <close> = cleanup(function() log[#log + 1] = "outer" end)
          coroutine.wrap(stubborn)()
        end)()
      end)
      assert.same({ "inner", "outer", "job" }, log)
      assert.matches("cannot wait any more: the job was cancelled and did not end in time", message)
    end)

    it("many jobs are reset at once, and may cancel one another meanwhile", function()
      local jobs, closed = {}, 0
      for i = 1, 20 do
        jobs[i] = job.spawn(function()
          local _ <close> = cleanup(function()
            closed = closed + 1
            for _, each in ipairs(jobs) do
              each:cancel()
              each:detach()
            end
            collectgarbage()
          end)
          job.spawn(function() while true do pcall(job.sleep, 60) end end)
          while true do pcall(job.sleep, 60) end
        end)
      end
      clock.wait_until_parked(table.unpack(jobs))
      for _, each in ipairs(jobs) do each:cancel() end
      clock.advance(grace)
      for _, each in ipairs(jobs) do assert.is_true(each:join(5)) end
      assert.same(20, closed)
    end)

    it("a shield still holds", function()
      local done = false
      local each = job.spawn(function()
        job.shield(job.sleep, 2 * grace)
        done = true
      end)
      clock.wait_until_parked(each)
      each:cancel()
      clock.advance(1.5 * grace)
      assert.same({ "waiting", false }, { each.status, done })
      clock.advance(grace / 2)
      assert.is_true(each:join(5))
      assert.is_true(done)
    end)
  end)
end)
