-- Ctrl-C, seen from outside: a process gets SIGINT while its script runs or waits.
local reel = (os.getenv("REEL_BUILD_DIR") or "build") .. "/bin/reel"

-- Busy loops allocate: the thread sanitizer hands signals over in calls of the C library only.
local prelude = [[
local function ready() print "ready" io.stdout:flush() end
local function work() return {} end
]]

-- Starts a program on a script, interrupts it once it has printed "ready" (as its first line), and
-- returns the rest of its output and its exit code.
local function interrupt(program, script, signal)
  local path = os.tmpname()
  finally(function() os.remove(path) end)
  local file <close> = assert(io.open(path, "w"))
  file:write(prelude, script)
  file:flush()
  -- The shell's own pid becomes the program's: a signal to `timeout` may come before it knows it.
  local command = "timeout --foreground -k 5 20 sh -c 'echo $$; exec %s %s' 2>&1"
  local pipe = assert(io.popen(command:format(program, path)))
  local pid = pipe:read("l")
  assert.same("ready", pipe:read("l"))
  os.execute(("kill -%s %s"):format(signal or "INT", pid))
  local output = pipe:read("a")
  local _, _, code = pipe:close()
  return output, code
end

local program = 'env REEL_LUA="$PWD/lua" ' .. reel .. " --journal none --quiet run"

describe("an interrupt", function()
  describe("of the program", function()
    -- What the script printed, and the exit code.
    local function run(script, signal)
      local output, code = interrupt(program, 'local reel = require "reel"\n' .. script, signal)
      return output:gsub("reel: [^\n]*\n", ""), code
    end

    it("ends a busy loop in a coroutine, and its <close> variables run", function()
      local output, code = run [[
        local _ <close> = setmetatable({}, { __close = function() print "script closed" end })
        for _ in coroutine.wrap(function()
          local _ <close> = setmetatable({}, { __close = function() print "closed" end })
          ready()
          while true do work() end
        end) do end
      ]]
      assert.same("closed\nscript closed\n", output)
      assert.same(130, code)
    end)

    it("ends a busy loop that swallows every error", function()
      local output, code = run [[
        ready()
        while true do
          pcall(function() while true do work() end end)
          pcall(coroutine.wrap(function() while true do work() end end))
        end
      ]]
      assert.same("", output)
      assert.same(130, code)
    end)

    it("comes by a closed terminal, too", function()
      local output, code = run([[
        local _ <close> = setmetatable({}, { __close = function() print "closed" end })
        ready()
        reel.sleep(60)
      ]], "HUP")
      assert.same("closed\n", output)
      assert.same(130, code)
    end)

    it("ends a wait, and every other job's", function()
      local output, code = run [[
        local function sleeper(name)
          local _ <close> = setmetatable({}, { __close = function() print(name) end })
          reel.sleep(60)
        end
        reel.spawn(sleeper, "one")
        reel.spawn(function()
          reel.sleep(0)
          ready()
        end)
        sleeper "two"
      ]]
      assert.matches("one\n", output)
      assert.matches("two\n", output)
      assert.same(130, code)
    end)

    it("of a busy job lets coroutines that were made meanwhile live", function()
      local output, code = run [[
        local made, log = {}, {}
        reel.spawn(function()
          local _ <close> = setmetatable({}, { __close = function()
            for i = 1, 3 do log[i] = made[#made - i]() end
            print(table.concat(log, " "))
          end })
          reel.sleep(60)
        end)
        reel.sleep(0)
        ready()
        while true do
          if #made > 100 then made = table.move(made, #made - 3, #made, 1, {}) end
          made[#made + 1] = coroutine.wrap(function()
            for _ = 1, 5000 do work() end
            return "alive"
          end)
        end
      ]]
      assert.same(130, code)
      assert.same("alive alive alive\n", output)
    end)
  end)

  it("reaches the job that runs, and the function that is told, and no other job", function()
    local output = interrupt(program, [[
      local job = require "reel.core.job"
      job.on_interrupt(function() print "told" end)
      local busy = job.spawn(function()
        ready()
        while true do work() end
      end)
      local others = {}
      for i = 1, 3 do
        others[i] = job.spawn(function()
          coroutine.wrap(function() for _ = 1, 5000 do work() end end)()
          for _ = 1, 5000 do work() end
        end)
      end
      busy:join()
      print(busy.status)
      for _, each in ipairs(others) do
        each:join()
        print(each.status)
      end
    ]])
    assert.same("told\ncancelled\ndone\ndone\ndone\n", output)
  end)

  describe("of a stock interpreter", function()
    local core = ("package.cpath = %q\n"):format(package.cpath)
      .. 'require "reel.core"\nlocal job = require "reel.core.job"\n'

    -- The interpreter of sanitized builds has no handler: there SIGINT just ends the process.
    local function has_handler()
      return interrupt("lua5.4", "ready() while true do work() end"):find "interrupted!" ~= nil
    end

    local function run(script)
      if not has_handler() then return nil end
      return interrupt("lua5.4", core .. script)
    end

    it("ends a wait outside of any job, and the script can go on", function()
      local output, code = run [[
        job.spawn(ready)
        local ok, err = pcall(job.sleep, 60)
        print(ok, err.kind)
        job.sleep(0.001)
        print "on"
      ]]
      if not output then return pending "this interpreter answers no SIGINT" end
      assert.same("false\tcancelled\non\n", output)
      assert.same(0, code)
    end)

    it("ends a wait inside a coroutine, and inside a signal's wait", function()
      local output, code = run [[
        job.spawn(ready)
        print(coroutine.wrap(function()
          local signal = job.signal()
          local ok, err = pcall(signal.wait, signal)
          return ok, err.kind
        end)())
      ]]
      if not output then return pending "this interpreter answers no SIGINT" end
      assert.same("false\tcancelled\n", output)
      assert.same(0, code)
    end)
  end)
end)
