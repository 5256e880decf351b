-- coroutine.* as jobs see it: Lua's own behaviour, but for waits.
local in_job = require "support.in_job"
local job = require "reel.core.job"

local function pause()
  job.sleep(0)
end

describe("reel.core.coroutine", function()
  after_each(function() assert.same({}, job.failures()) end)

  -- Each runs both outside of a job and in one.
  for _, entry in ipairs {
    { "outside of a job", function(fn) fn() end },
    { "in a job", in_job },
  } do
    local place, run = table.unpack(entry)
    describe(place, function()
      it("passes values both ways", function()
        run(function()
          local co = coroutine.create(function(...)
            local n = select("#", ...)
            while true do n = select("#", coroutine.yield(n, nil)) end
          end)
          assert.same({ true, 3, nil, n = 3 }, table.pack(coroutine.resume(co, nil, nil, nil)))
          assert.same({ true, 0, nil, n = 3 }, table.pack(coroutine.resume(co)))
          local many = table.pack(coroutine.resume(co, table.unpack({}, 1, 200)))
          assert.same({ true, 200, nil, n = 3 }, many)
        end)
      end)

      it("tells errors with their values", function()
        run(function()
          local err = {}
          local co = coroutine.create(function() error(err) end)
          assert.same({ false, err }, { coroutine.resume(co) })
          assert.same({ false, "cannot resume dead coroutine" }, { coroutine.resume(co) })
          assert.same("dead", coroutine.status(co))
        end)
      end)

      it("raises errors through wrap, strings with the position", function()
        run(function()
          local err = {}
          assert.same({ false, err }, { pcall(coroutine.wrap(function() error(err) end)) })
          local _, message = pcall(coroutine.wrap(function() error("boom", 0) end))
          assert.same("boom", message)
          local dead = coroutine.wrap(function() end)
          dead()
          local _, again = pcall(function() dead() end)
          assert.matches("coroutine_spec%.lua:%d+: cannot resume dead coroutine$", again)
        end)
      end)

      it("closes the variables of a wrapped coroutine that failed", function()
        run(function()
          local why
          pcall(coroutine.wrap(function()
            local _ <close> = setmetatable({}, { __close = function(_, err) why = err end })
            error("boom", 0)
          end))
          assert.same("boom", why)
        end)
      end)

      it("refuses to resume itself, what runs and what is no coroutine", function()
        run(function()
          local itself = coroutine.running()
          assert.is_false((coroutine.resume(itself)))
          local outer
          outer = coroutine.create(function()
            return coroutine.wrap(function() return coroutine.resume(outer) end)()
          end)
          assert.same({ true, false, "cannot resume non-suspended coroutine" },
            { coroutine.resume(outer) })
          assert.has_error(function() coroutine.resume(1) end,
            "bad argument #1 to 'resume' (coroutine expected, got number)")
          assert.has_error(function() coroutine.wrap(1) end,
            "bad argument #1 to 'wrap' (function expected, got number)")
        end)
      end)

      it("closes suspended coroutines", function()
        run(function()
          local closed = 0
          local co = coroutine.create(function()
            local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
            coroutine.yield()
          end)
          coroutine.resume(co)
          assert.is_true(coroutine.close(co))
          assert.same({ 1, "dead" }, { closed, coroutine.status(co) })
          local broken = coroutine.create(function()
            local _ <close> = setmetatable({}, { __close = function() error("boom", 0) end })
            coroutine.yield()
          end)
          coroutine.resume(broken)
          assert.same({ false, "boom" }, { coroutine.close(broken) })
        end)
      end)

      it("carries thousands of values", function()
        run(function()
          local values = {}
          for i = 1, 5000 do values[i] = i end
          local echo = coroutine.wrap(function(...)
            pause()
            coroutine.yield(...)
            pause()
            return ...
          end)
          assert.same(values, { echo(table.unpack(values)) })
          assert.same(values, { echo() })
        end)
      end)
    end)
  end

  it("refuses a yield that no coroutine of the user's receives", function()
    local each = job.spawn(function()
      local ok, message = pcall(coroutine.yield, 1)
      pause()
      return ok, message
    end)
    each:join()
    assert.same({ false, "attempt to yield from outside a coroutine" }, { each:result() })
  end)

  it("lets a generator move from job to job between its values", function()
    local numbers = coroutine.wrap(function()
      for i = 1, 4 do
        pause()
        coroutine.yield(i)
      end
    end)
    assert.same({ 1, 2, 3, 4 }, { in_job(numbers), in_job(numbers), numbers(), in_job(numbers) })
  end)

  it("refuses to resume, wrap on or close a coroutine that waits in another job", function()
    in_job(function()
      local signal = job.signal()
      local co = coroutine.create(function() return signal:wait(5) end)
      local owner = job.spawn(function() return coroutine.resume(co) end)
      pause()
      assert.same({ false, "cannot resume a coroutine that waits in a job" },
        { coroutine.resume(co) })
      assert.has_error(function() coroutine.close(co) end,
        "cannot close a coroutine that waits in a job")
      signal:fire()
      owner:join()
      assert.same({ true, true }, { owner:result() })

      local shared = coroutine.wrap(function() return signal:wait(5) end)
      local other = job.spawn(shared)
      pause()
      assert.is_false((pcall(shared)))
      signal:fire()
      other:join()
      assert.is_true(other:result())
    end)
  end)

  it("refuses to resume the coroutine of a job, waiting or ended", function()
    local co
    local each = job.spawn(function()
      co = coroutine.running()
      pause()
      return print, 1, 2
    end)
    job.sleep(0)
    assert.is_false((coroutine.resume(co)))
    each:join()
    assert.same({ false, "cannot resume dead coroutine" }, { coroutine.resume(co) })
    assert.same({ print, 1, 2 }, { each:result() })
  end)

  it("drops a wait with its coroutine's job, and the coroutine is dead then", function()
    local co = coroutine.create(function() job.sleep(60) end)
    local each = job.spawn(function() coroutine.resume(co) end)
    job.sleep(0)
    each:cancel()
    assert.is_true(each:join(5))
    assert.same("dead", coroutine.status(co))
  end)

  describe("loaded after another library has taken Lua's own functions", function()
    -- Runs a script in a stock interpreter whose `own` is Lua's coroutine library.
    local function run(script)
      local path = os.tmpname()
      finally(function() os.remove(path) end)
      local file <close> = assert(io.open(path, "w"))
      file:write("own = {}\nfor k, v in pairs(coroutine) do own[k] = v end\n",
        ("package.cpath = %q\n"):format(package.cpath),
        'require "reel.core"\nlocal job = require "reel.core.job"\n', script)
      file:flush()
      local pipe = assert(io.popen("timeout 20 lua5.4 " .. path .. " 2>&1"))
      return pipe:read("a"), (pipe:close())
    end

    it("refuses a wait that Lua's own resume would swallow", function()
      local output, ok = run [[
        local each = job.spawn(function()
          local inner = own.wrap(function() return pcall(job.sleep, 0.001) end)
          print(inner())
          print(own.wrap(function()
            return coroutine.wrap(function() return pcall(job.sleep, 0.001) end)()
          end)())
          job.sleep(0.001)
          return "on"
        end)
        each:join()
        print(each:result())
      ]]
      local refusal = "false\tcannot wait inside a coroutine that was not resumed by reel's "
        .. "resume\n"
      assert.same(refusal .. refusal .. "on\n", output)
      assert.is_true(ok)
    end)

    it("catches a yield by Lua's own yield", function()
      local output, ok = run [[
        local each = job.spawn(function()
          for i in coroutine.wrap(function() own.yield(1) end) do print(i) end
          own.yield(2)
        end)
        each:join()
        print(each.status, each.error)
      ]]
      assert.same("1\nfailed\tattempt to yield from outside a coroutine\n", output)
      assert.is_true(ok)
    end)

    it("survives a shield that is left by Lua's own yield", function()
      local output, ok = run [[
        local co
        job.spawn(function()
          co = coroutine.create(function() job.shield(own.yield) end)
          coroutine.resume(co)
        end):join()
        collectgarbage()
        collectgarbage()
        print(coroutine.resume(co))
      ]]
      assert.same("true\n", output)
      assert.is_true(ok)
    end)
  end)
end)
