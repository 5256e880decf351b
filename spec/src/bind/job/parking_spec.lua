-- Where a job can wait, who wakes it, and what a wait returns.
local clock = require "support.clock"
local in_job = require "support.in_job"
local job = require "reel.core.job"

local function pause()
  job.sleep(0)
end

-- Calls fn and tells whether it took at least so many seconds.
local function takes(seconds, fn)
  local before = job.now()
  fn()
  return job.now() - before >= seconds - 1e-6
end

-- Lets time pass without a wait.
local function spin(seconds)
  local deadline = job.now() + seconds
  while job.now() < deadline do end
end

-- A function that waits and then returns the values.
local function slowly(...)
  local values = table.pack(...)
  return function()
    pause()
    return table.unpack(values, 1, values.n)
  end
end

describe("reel.core.job", function()
  after_each(function() assert.same({}, job.failures()) end)

  describe("waits", function()
    it("inside a generator", function()
      assert.same({ 1, 2, 3 }, in_job(function()
        local got = {}
        for i in coroutine.wrap(function()
          for i = 1, 3 do
            pause()
            coroutine.yield(i)
          end
        end) do
          pause()
          got[#got + 1] = i
        end
        return got
      end))
    end)

    it("inside generators two deep", function()
      local function numbers()
        return coroutine.wrap(function()
          for i = 1, 3 do
            pause()
            coroutine.yield(i)
          end
        end)
      end
      assert.same({ 2, 4, 6 }, in_job(function()
        local got = {}
        for i in coroutine.wrap(function()
          for i in numbers() do
            pause()
            coroutine.yield(i * 2)
          end
        end) do
          got[#got + 1] = i
        end
        return got
      end))
    end)

    it("inside a coroutine that is resumed with values", function()
      in_job(function()
        local co = coroutine.create(function(a, b)
          pause()
          local c, d = coroutine.yield(a + b)
          pause()
          return c .. d, nil
        end)
        assert.same({ true, 3, n = 2 }, table.pack(coroutine.resume(co, 1, 2)))
        assert.same({ true, "xy", nil, n = 3 }, table.pack(coroutine.resume(co, "x", "y")))
        assert.same({ false, "cannot resume dead coroutine" }, { coroutine.resume(co) })
      end)
    end)

    it("inside pcall and xpcall", function()
      assert.same({ true, 1, 2 }, in_job(function() return { pcall(slowly(1, 2)) } end))
      assert.same({ false, "seen boom" }, in_job(function()
        return { xpcall(function()
          pause()
          error("boom", 0)
        end, function(message) return "seen " .. message end) }
      end))
    end)

    it("inside pcall inside a generator inside pcall", function()
      assert.same({ true, false, "inner" }, in_job(function()
        return { pcall(coroutine.wrap(function()
          return pcall(function()
            pause()
            error("inner", 0)
          end)
        end)) }
      end))
    end)

    it("inside metamethods", function()
      local waiting = setmetatable({}, {
        __index = function(_, key) pause() return key end,
        __add = slowly(10),
        __call = slowly("called"),
        __lt = slowly(true),
        __eq = slowly(true),
        __concat = slowly("joined"),
        __len = slowly(4),
        __unm = slowly(-1),
      })
      assert.same({ "field", 10, "called", true, true, "joined", 4, -1 }, in_job(function()
        local other = setmetatable({}, getmetatable(waiting))
        return { waiting.field, waiting + 1, waiting(), waiting < other, waiting == other,
          waiting .. "x", #waiting, -waiting }
      end))
    end)

    it("inside __newindex", function()
      in_job(function()
        local seen
        local box = setmetatable({}, { __newindex = function(_, key) pause() seen = key end })
        box.name = 1
        assert.same("name", seen)
      end)
    end)

    it("inside __close, and the block's values survive it", function()
      local closed = 0
      local function block()
        local _ <close> = setmetatable({}, { __close = function() pause() closed = closed + 1 end })
        return 1, nil, 3
      end
      assert.same({ 1, nil, 3, n = 3 }, in_job(function() return table.pack(block()) end))
      assert.same(1, closed)
    end)

    it("inside for iterators and their closing value", function()
      local closed = false
      local closing = setmetatable({}, { __close = function() pause() closed = true end })
      local function count(limit, i)
        pause()
        if i < limit then return i + 1 end
      end
      assert.same(6, in_job(function()
        local sum = 0
        for i in count, 3, 0, closing do sum = sum + i end
        return sum
      end))
      assert.is_true(closed)
    end)

    it("inside a tail call and inside a deep recursion", function()
      local function deep(n)
        if n == 0 then return slowly("bottom")() end
        return (deep(n - 1))
      end
      assert.same("bottom", in_job(deep, 5000))
    end)

    it("outside of a job, where it blocks", function()
      assert.is_true(takes(0.01, function() job.sleep(0.01) end))
      assert.is_nil(job.current())
    end)

    it("outside of a job, inside a coroutine and inside a construct that cannot yield", function()
      local list = { 2, 1 }
      local step = coroutine.wrap(function()
        table.sort(list, function(a, b)
          in_job(pause)
          return a < b
        end)
        coroutine.yield("sorted")
      end)
      assert.same("sorted", step())
      assert.same({ 1, 2 }, list)
    end)
  end)

  describe("where Lua cannot yield, the error names", function()
    -- The message that a wait raises inside fn, which is given the waiting function.
    local function message_inside(fn)
      return in_job(function()
        local message
        fn(function()
          local _, err = pcall(job.sleep, 0.001)
          message = message or err
        end)
        return message
      end)
    end

    local function expect(construct, fn)
      assert.same("cannot wait inside " .. construct .. ": Lua cannot yield there",
        message_inside(fn))
    end

    it("table.sort", function()
      expect("function 'table.sort'", function(wait)
        table.sort({ 2, 1 }, function(a, b) wait() return a < b end)
      end)
    end)

    it("string.gsub, however it is called", function()
      expect("function 'string.gsub'", function(wait) string.gsub("x", "x", wait) end)
      expect("function 'string.gsub'", function(wait) ("x"):gsub("x", wait) end)
    end)

    it("tostring and print for __tostring", function()
      expect("function 'tostring'", function(wait)
        tostring(setmetatable({}, { __tostring = function() wait() return "" end }))
      end)
    end)

    it("a finalizer", function()
      expect("a __gc metamethod", function(wait)
        setmetatable({}, { __gc = wait })
        collectgarbage()
      end)
    end)

    it("load's reader", function()
      assert.matches("inside function '.*load", message_inside(function(wait)
        load(function() wait() end)
      end))
    end)

    it("the close of a coroutine", function()
      expect("the closing of a coroutine", function(wait)
        local co = coroutine.create(function()
          local _ <close> = setmetatable({}, { __close = wait })
          coroutine.yield()
        end)
        coroutine.resume(co)
        coroutine.close(co)
      end)
    end)

    it("a construct that is further out than a pcall, a shield or a coroutine", function()
      local function through(wrap)
        expect("function 'table.sort'", function(wait)
          table.sort({ 2, 1 }, function(a, b)
            wrap(wait)
            return a < b
          end)
        end)
      end
      through(pcall)
      through(function(wait) xpcall(wait, print) end)
      through(job.shield)
      through(function(wait) coroutine.wrap(wait)() end)
      through(function(wait) coroutine.wrap(function() pcall(wait) end)() end)
    end)

    it("a construct whatever name it is called by", function()
      local sort <const> = table.sort
      finally(function() rawset(table, "sort", sort) end)
      rawset(table, "sort", nil)
      expect("local 'mypcall'", function(wait)
        local mypcall = sort
        mypcall({ 2, 1 }, function(a, b) wait() return a < b end)
      end)
    end)

    it("a construct that is further out than a pcall by another name", function()
      local attempt <const> = pcall
      local message = in_job(function()
        local _, err
        table.sort({ 2, 1 }, function(a, b)
          rawset(_G, "pcall", nil)
          _, err = attempt(job.sleep, 0.001)
          rawset(_G, "pcall", attempt)
          return a < b
        end)
        return err
      end)
      assert.same("cannot wait inside function 'table.sort': Lua cannot yield there", message)
    end)

    it("nothing more once the construct is left", function()
      in_job(function()
        pcall(table.sort, { 2, 1 }, function() pause() end)
        pause()
      end)
    end)
  end)

  describe("signals", function()
    it("wake all present waiters, in the order they came, and no later one", function()
      in_job(function()
        local signal, woken, jobs = job.signal(), {}, {}
        for i = 1, 3 do
          jobs[i] = job.spawn(function()
            assert.is_true(signal:wait(5))
            woken[#woken + 1] = i
          end)
        end
        pause()
        signal:fire()
        local late = job.spawn(function() return signal:wait(0.005) end)
        for _, each in ipairs(jobs) do each:join() end
        assert.same({ 1, 2, 3 }, woken)
        late:join()
        assert.is_false(late:result())
      end)
    end)

    it("that fire without a waiter are forgotten", function()
      local signal = job.signal()
      signal:fire()
      assert.is_false(signal:wait(0))
    end)

    it("reach a waiter outside of a job", function()
      local signal = job.signal()
      job.spawn(function()
        pause()
        signal:fire()
      end)
      assert.is_true(signal:wait(5))
    end)

    it("return false at the deadline", function()
      assert.is_true(takes(0.02, function()
        assert.is_false(in_job(function() return job.signal():wait(0.02) end))
      end))
    end)

    it("win over a timer that has fired but was not taken back yet", function()
      in_job(function()
        local signal = job.signal()
        local waiter = job.spawn(function()
          return { signal:wait(0.05), signal:wait(0.05) }
        end)
        job.sleep(0)
        spin(0.1)
        signal:fire()
        waiter:join()
        assert.same({ true, false }, waiter:result())
      end)
    end)

    it("lose against a timer that was taken back in the same step", function()
      in_job(function()
        local signal = job.signal()
        local firer = job.spawn(function()
          job.sleep(0.05)
          signal:fire()
        end)
        local waiter = job.spawn(function()
          return { signal:wait(0.05), signal:wait(0.05) }
        end)
        job.sleep(0)
        spin(0.1)
        waiter:join()
        assert.same({ false, false }, waiter:result())
        firer:join()
      end)
    end)

    it("can be fired by a job that then waits for it", function()
      in_job(function()
        local ping, pong, count = job.signal(), job.signal(), 0
        job.spawn(function()
          while count < 100 do
            ping:wait()
            count = count + 1
            pong:fire()
          end
        end)
        pause()
        while count < 100 do
          ping:fire()
          assert.is_true(pong:wait(5))
        end
      end)
    end)
  end)

  describe("stale wake-ups", function()
    it("of a timer do not end the next wait", function()
      in_job(function()
        local signal = job.signal()
        local waiter = job.spawn(function()
          assert.is_true(signal:wait(10))
          job.sleep(20)
        end)
        clock.settle()
        signal:fire()
        clock.advance(10)
        assert.same("waiting", waiter.status)
        clock.advance(10)
        assert.is_true(waiter:join(5))
      end)
    end)

    it("of a signal do not end the next wait", function()
      in_job(function()
        local signal = job.signal()
        local waiter = job.spawn(function()
          assert.is_false(signal:wait(10))
          job.sleep(20)
        end)
        clock.settle()
        clock.advance(10)
        signal:fire()
        clock.settle()
        assert.same("waiting", waiter.status)
        clock.advance(20)
        assert.is_true(waiter:join(5))
      end)
    end)

    it("of a job that ended do not end the next wait", function()
      in_job(function()
        local short = job.spawn(function() job.sleep(10) end)
        local waiter = job.spawn(function()
          assert.is_false(short:join(5))
          job.sleep(20)
        end)
        clock.settle()
        clock.advance(5)
        clock.advance(5)
        assert.same({ "done", "waiting" }, { short.status, waiter.status })
        clock.advance(20)
        assert.is_true(waiter:join(5))
      end)
    end)
  end)

  describe(":join", function()
    it("lets two jobs wait for one", function()
      in_job(function()
        local one = job.spawn(slowly("done"))
        local function wait_for_one()
          assert.is_true(one:join(5))
          return one:result()
        end
        local a, b = job.spawn(wait_for_one), job.spawn(wait_for_one)
        a:join()
        b:join()
        assert.same({ "done", "done" }, { a:result(), b:result() })
      end)
    end)

    it("returns false at the deadline, and the job goes on", function()
      in_job(function()
        local signal = job.signal()
        local long = job.spawn(function() return signal:wait() end)
        assert.is_false(long:join(0.005))
        assert.same("waiting", long.status)
        signal:fire()
        assert.is_true(long:join(5))
        assert.is_true(long:result())
      end)
    end)

    it("returns at once when the job has ended", function()
      in_job(function()
        local short = job.spawn(function() end)
        short:join()
        assert.is_true(short:join(0))
      end)
    end)

    it("refuses itself and its parents, who wait for it", function()
      in_job(function()
        local outer = job.current()
        local ok, message = pcall(outer.join, outer)
        assert.is_false(ok)
        assert.matches("a job cannot wait for itself or its parent", message)
        local inner = job.spawn(function() return pcall(outer.join, outer) end)
        inner:join()
        assert.is_false((inner:result()))
      end)
    end)
  end)

  describe(":result", function()
    it("returns every value, nils included", function()
      assert.same({ nil, 2, nil, n = 3 }, table.pack(in_job(slowly(nil, 2, nil))))
      assert.same({ n = 0 }, table.pack(in_job(slowly())))
    end)

    it("returns many values, and can be asked again", function()
      in_job(function()
        local values = {}
        for i = 1, 5000 do values[i] = i end
        local each = job.spawn(function() return table.unpack(values) end)
        each:join()
        assert.same(values, { each:result() })
        assert.same(values, { each:result() })
      end)
    end)

    it("is an error before the job has ended", function()
      local each = job.spawn(function() end)
      assert.has_error(function() each:result() end, "the job has not ended")
      each:join()
    end)
  end)

  describe(".spawn", function()
    it("passes every argument, nils included", function()
      assert.same({ 1, nil, 3, nil, n = 4 }, table.pack(in_job(function(...) return ... end,
        1, nil, 3, nil)))
    end)

    it("wants a function", function()
      assert.has_error(function() job.spawn(12) end,
        "bad argument #1 to 'spawn' (function expected, got number)")
    end)

    it("runs nothing before the next wait", function()
      local ran = false
      local each = job.spawn(function() ran = true end)
      assert.is_false(ran)
      assert.same("ready", each.status)
      each:join()
      assert.is_true(ran)
    end)
  end)

  it("tells the status and itself", function()
    local signal, each = job.signal(), nil
    each = job.spawn(function()
      assert.same(each, job.current())
      assert.same("running", each.status)
      signal:wait()
    end)
    assert.same("ready", each.status)
    job.sleep(0)
    assert.same("waiting", each.status)
    assert.matches("^reel%.Job %(waiting%): ", tostring(each))
    signal:fire()
    each:join()
    assert.same("done", each.status)
    assert.is_nil(each.error)
    assert.is_nil(each.no_such_field)
  end)

  it("refuses durations that are none", function()
    for _, seconds in ipairs { -1, 1e10, 0 / 0, "x" } do
      assert.is_false((pcall(job.sleep, seconds)))
      assert.is_false((pcall(job.signal().wait, job.signal(), seconds)))
    end
    assert.is_false((pcall(job.sleep)))
  end)

  it("takes turns: jobs that never stop waking one another starve nobody", function()
    in_job(function()
      local signal, stop = job.signal(), false
      for _ = 1, 2 do
        job.spawn(function()
          while not stop do
            signal:fire()
            job.sleep(0)
          end
        end)
      end
      job.sleep(0.01)
      stop = true
    end)
  end)
end)
