-- Parents, children, and failures.
local clock = require "support.clock"
local in_job = require "support.in_job"
local job = require "reel.core.job"

local function pause()
  job.sleep(0)
end

local function fail()
  pause()
  error("boom", 0)
end

describe("reel.core.job", function()
  after_each(function() assert.same({}, job.failures()) end)

  describe("a job spawned in a job", function()
    it("is waited for by its parent's end", function()
      local ended = false
      local parent = job.spawn(function()
        job.spawn(function()
          job.sleep(0)
          ended = true
        end)
        return "result"
      end)
      assert.is_true(parent:join(5))
      assert.is_true(ended)
      assert.same("result", parent:result())
    end)

    it("is waited for over generations", function()
      local depth = 0
      local function generation(n)
        depth = math.max(depth, n)
        if n < 50 then job.spawn(generation, n + 1) end
        pause()
      end
      assert.is_true(job.spawn(generation, 1):join(5))
      assert.same(50, depth)
    end)

    it("keeps its parent in the state waiting", function()
      local signal = job.signal()
      local parent = job.spawn(function() job.spawn(signal.wait, signal) end)
      clock.settle()
      assert.same("waiting", parent.status)
      assert.has_error(function() parent:result() end, "the job has not ended")
      signal:fire()
      assert.is_true(parent:join(5))
      assert.same("done", parent.status)
    end)

    it("is cancelled when its parent fails, and the parent's end still waits for it", function()
      local child, cleaned
      local parent = job.spawn(function()
        child = job.spawn(function()
          local _ <close> = setmetatable({}, { __close = function()
            job.shield(pause)
            cleaned = true
          end })
          job.sleep(60)
        end)
        fail()
      end)
      assert.is_true(parent:join(5))
      assert.is_true(cleaned)
      assert.same({ "failed", "cancelled" }, { parent.status, child.status })
      assert.same("boom", parent.error)
    end)

    it("leaves its parent alone when it fails itself", function()
      local child
      local parent = job.spawn(function()
        child = job.spawn(fail)
        job.sleep(1)
        return child.status
      end)
      clock.advance(1)
      assert.is_true(parent:join(5))
      assert.same("failed", parent:result())
      assert.same("boom", child.error)
    end)

    it("that is detached outlives its parent's end and failure", function()
      for _, ending in ipairs { pause, fail } do
        local signal, child = job.signal(), nil
        local parent = job.spawn(function()
          child = job.spawn(function() return signal:wait(5) end)
          assert.same(child, child:detach())
          ending()
        end)
        assert.is_true(parent:join(5))
        assert.same("waiting", child.status)
        signal:fire()
        assert.is_true(child:join(5))
        assert.is_true(child:result())
        assert.same(ending == fail and "boom" or nil, parent.error)
      end
    end)

    it("that is detached later lets its parent end", function()
      local signal, child = job.signal(), nil
      local parent = job.spawn(function() child = job.spawn(signal.wait, signal) end)
      assert.is_false(parent:join(0.002))
      child:detach()
      child:detach()
      assert.is_true(parent:join(5))
      signal:fire()
      child:join()
      child:detach()
    end)
  end)

  it("ends and cancels chains of parents that are longer than the C stack is deep", function()
    local length = 20000
    for _, cancelled in ipairs { false, true } do
      local count, last = 0, job.signal()
      local function link(n)
        count = count + 1
        if n == 0 then return last:wait(30) end
        job.spawn(link, n - 1)
      end
      local first = job.spawn(link, length)
      while count <= length do job.sleep(0) end
      if cancelled then first:cancel() else last:fire() end
      assert.is_true(first:join(10))
      assert.same("done", first.status) -- its function had returned by then
    end
  end)

  describe("a failure", function()
    it("keeps the error and the traceback apart", function()
      local failed = job.spawn(function()
        local function culprit() error({ code = 7 }) end
        culprit()
      end)
      failed:join()
      assert.same({ code = 7 }, failed.error)
      assert.matches("^stack traceback:.*tree_spec%.lua:%d+: in .*culprit", failed.traceback)
      assert.same({ false, failed.error }, { pcall(failed.result, failed) })
    end)

    it("may be any value, nil included", function()
      for _, value in ipairs { "text", 42, true, false } do
        local failed = job.spawn(error, value)
        failed:join()
        assert.same({ "failed", value }, { failed.status, failed.error })
      end
      local failed = job.spawn(error)
      failed:join()
      assert.same({ false, nil }, { pcall(failed.result, failed) })
    end)

    it("may be a stack overflow", function()
      local failed = job.spawn(function()
        local function endless() return 1 + endless() end
        return endless()
      end)
      failed:join()
      assert.matches("stack overflow", failed.error)
    end)

    it("may happen in a __close", function()
      local failed = job.spawn(function()
        local _ <close> = setmetatable({}, { __close = fail })
      end)
      failed:join()
      assert.same("boom", failed.error)
    end)

    it("that the script did not look at is listed once, with its traceback", function()
      local failed = job.spawn(fail)
      failed:join()
      local list = job.failures()
      assert.same(1, #list)
      assert.same("boom", list[1].error)
      assert.matches("stack traceback", list[1].traceback)
      assert.same({}, job.failures())
    end)

    it("is looked at by .error and by :result, and not by :join or .status", function()
      local ways = {
        { 0, function(failed) return failed.error end },
        { 0, function(failed) pcall(failed.result, failed) end },
        { 1, function(failed) failed:join() end },
        { 1, function(failed) return failed.status, failed.traceback end },
      }
      for _, way in ipairs(ways) do
        local failed = job.spawn(fail)
        failed:join()
        way[2](failed)
        assert.same(way[1], #job.failures())
      end
    end)

    it("stays listed when the job itself is forgotten", function()
      job.spawn(fail):join()
      collectgarbage()
      collectgarbage()
      assert.same("boom", job.failures()[1].error)
    end)

    it("in a child is the child's own: the parent may look at it", function()
      assert.same("boom", in_job(function()
        local child = job.spawn(fail)
        child:join()
        return select(2, pcall(child.result, child))
      end))
    end)
  end)

  describe("at the end of a stock interpreter", function()
    -- Standard error and success of lua5.4 on a script; `first` runs before reel is loaded.
    local function run(script, first)
      local path = os.tmpname()
      finally(function() os.remove(path) end)
      local file = assert(io.open(path, "w"))
      file:write(("package.cpath = %q\n%s\n"):format(package.cpath, first or ""),
        'require "reel.core"\nlocal job = require "reel.core.job"\n', script)
      file:close()
      local pipe = assert(io.popen("timeout 20 lua5.4 " .. path .. " 2>&1 >/dev/null"))
      return pipe:read("a"), (pipe:close())
    end

    it("failures that the script did not look at are reported", function()
      local report = run [[
        local function culprit() error("boom", 0) end
        job.spawn(function() culprit() end):join()
        job.spawn(error, "seen"):join()
        local object = setmetatable({}, { __tostring = function() return "an object" end })
        job.spawn(error, object):join()
      ]]
      local head = "reel: a job failed, and the script did not look at its error: "
      assert.matches(head .. "boom\n  stack traceback:\n    %[C%].*\n    [^ ].*culprit", report)
      assert.matches(head .. "an object\n", report)
    end)

    it("their failures are reported as text, whatever the errors hold", function()
      local report = run [[
        local hostile = "\27[31m\r\t\u{9b}2J\u{202e}\u{2066}\127\xff\xe2\x80 é漢😀\nreel: fine"
        job.spawn(error, hostile .. ("x"):rep(20000), 0):join()
      ]]
      assert.equal("?[31m  ?2J?????? é漢😀\n  reel: finexx", report:match "its error: (.-finexx)")
      assert.is_true(#report < 10000)
    end)

    it("failures that were looked at, and cancelled jobs, are not", function()
      assert.same("", (run [[
        local failed = job.spawn(error, "boom")
        failed:join()
        assert(failed.error == "boom")
        local cancelled = job.spawn(function() job.sleep(60) end)
        job.sleep(0)
        cancelled:cancel()
        cancelled:join()
      ]]))
    end)

    it("jobs in every state, and operations in flight, are let go", function()
      local report, ok = run [[
        local signal = job.signal()
        job.spawn(job.sleep, 60)
        job.spawn(signal.wait, signal, 60)
        job.spawn(signal.wait, signal)
        job.spawn(function() job.spawn(job.sleep, 60) end)
        job.spawn(coroutine.wrap(function() job.sleep(60) end))
        local woken = job.spawn(job.sleep, 0.01)
        job.sleep(0)
        woken:cancel()
        job.spawn(function() end)
      ]]
      assert.same("", report)
      assert.is_true(ok)
    end)

    it("finalizers may use jobs, before the scheduler's own and after it", function()
      local report, ok = run([[
        use = function()
          waiting:cancel()
          signal:fire()
          job.spawn(function() end)
          print(pcall(job.sleep, 0.001))
          print(pcall(waiting.join, waiting, 1))
        end
        signal, waiting, job = job.signal(), job.spawn(job.sleep, 60), job
        job.sleep(0)
        other = setmetatable({}, { __gc = function() use() end })
      ]], "warn '@on' finalized_last = setmetatable({}, { __gc = function() use() end })")
      assert.same("", report)
      assert.is_true(ok)
    end)
  end)
end)
