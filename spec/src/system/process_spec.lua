local lfs = require "lfs"
require "reel.core"
local job = require "reel.core.job"
local process = require "reel.core.process"
local wait_until = require "support.wait_until"

local function sh(script, options)
  local all = { argv = { "sh", "-c", script }, timeout = 10 }
  for name, value in pairs(options or {}) do all[name] = value end
  return process.run(all)
end

-- Whether the process has ended; its parent may not have reaped it yet.
local function is_dead(pid)
  local file = io.open(("/proc/%d/stat"):format(pid))
  if not file then return true end
  local state = file:read("a"):match("^%d+ %b() (%u)")
  file:close()
  return state == "Z" or state == "X"
end

local function read_number(path)
  local file = io.open(path)
  local number = file and file:read("n")
  if file then file:close() end
  return number
end

describe("reel.core.process", function()
  describe("run", function()
    it("returns both outputs and the exit code", function()
      assert.same({ code = 3, stdout = "out\n", stderr = "err\n" },
        sh("echo out; echo err >&2; exit 3"))
    end)

    it("tells the signal that ended the program", function()
      assert.same({ signal = 15, stdout = "", stderr = "" }, sh("kill -TERM $$"))
    end)

    it("passes arguments untouched", function()
      local result = process.run { argv = { "printf", "%s|", "a b", "", "$HOME", "ü" } }
      assert.equal("a b||$HOME|ü|", result.stdout)
    end)

    it("names a program that does not exist", function()
      local result, word, message = process.run { argv = { "reel-no-such-program" } }
      assert.is_nil(result)
      assert.same({ "not_found", "reel-no-such-program: no such program" }, { word, message })
    end)

    it("names a folder that does not exist", function()
      local _, word, message = sh("true", { cwd = "/no/such/folder" })
      assert.equal("system", word)
      assert.matches("^/no/such/folder: ", message)
    end)

    it("runs in the folder it is told", function()
      assert.equal("/\n", sh("pwd", { cwd = "/" }).stdout)
    end)

    it("keeps the vendor's keys from the program", function()
      local script = ('lua5.4 -e \'require "reel.core"; io.write(require("reel.core.process")'
        .. '.run{ argv = { "env" } }.stdout)\' | grep -c KIE_')
      local result = sh("export KIE_API_KEY=secret LUA_CPATH='" .. package.cpath .. "'; " .. script)
      assert.equal("0\n", result.stdout)
    end)

    it("gives bytes to stdin, larger than a pipe", function()
      local bytes = ("\0reel\n"):rep(100000)
      assert.equal(bytes, process.run { argv = { "cat" }, stdin = bytes, timeout = 10 }.stdout)
    end)

    it("has an empty stdin otherwise", function()
      assert.equal("", process.run { argv = { "cat" }, timeout = 10 }.stdout)
    end)

    it("does not mind a program that leaves its stdin unread", function()
      assert.equal(0, sh("exit 0", { stdin = ("x"):rep(1000000) }).code)
    end)

    it("keeps the beginning of a long stdout and the end of a long stderr", function()
      local result = sh("seq 1 100000; seq 1 100000 >&2", { max_output = 20 })
      assert.same({ code = 0, stdout = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10",
        stderr = "\n99998\n99999\n100000\n" }, result)
    end)

    it("starts the program with the nice value it is given", function()
      local own = tonumber(sh("nice").stdout)
      assert.equal(math.max(own, 7), tonumber(sh("sleep 0.1; nice", { nice = 7 }).stdout))
    end)

    it("confines a program that is to be confined, and no other", function()
      local limits = [[
        for line in "Max address space *4294967296 *4294967296" "Max file size *4294967296 " \
          "Max cpu time *600 " "Max core file size *0 *0 "; do
          until grep -q "$line" /proc/self/limits; do sleep 0.01; done
        done
        grep NoNewPrivs /proc/self/status]]
      local result = sh(limits, { confined = true, timeout = 30 })
      assert.same({ code = 0, stdout = "NoNewPrivs:\t1\n", stderr = "" }, result)
      assert.equal("NoNewPrivs:\t0\n", sh("grep NoNewPrivs /proc/self/status").stdout)
      assert.same({ "not_found", "reel-no-such-program: no such program" },
        { select(2, process.run { argv = { "reel-no-such-program" }, confined = true }) })
    end)

    it("ends a confined program that allocates too much", function()
      if (os.getenv "REEL_SANITIZE" or "") ~= "" then
        return pending "a sanitized interpreter needs more address space to start"
      end
      local program = [[local t, block = {}, ('x'):rep(1 << 20)
        for i = 1, 10 do t[i] = block:rep(1 << 10) end print(#t)]]
      local result = process.run { argv = { "lua5.4", "-e", program }, confined = true,
        timeout = 60 }
      assert.equal(1, result.code)
      assert.matches("not enough memory", result.stderr)
    end)

    it("hands down no descriptors and no blocked or ignored signals", function()
      assert.equal("0\n1\n2\n3\n", process.run { argv = { "ls", "/proc/self/fd" } }.stdout)
      local state = process.run { argv = { "cat", "/proc/self/status" } }.stdout
      assert.matches("SigBlk:%s0+\n", state)
      -- glibc keeps the signals above 31 that it uses itself ignored.
      assert.equal(0, tonumber(state:match("SigIgn:%s(%x+)"), 16) & 0x7fffffff)
    end)

    it("kills grandchildren at the timeout, too", function()
      local note = os.tmpname()
      finally(function() os.remove(note) end)
      local before = job.now()
      local result, word, message =
        sh("sleep 60 & echo $! > " .. note .. "; wait", { timeout = 0.5 })
      assert.is_nil(result)
      assert.same({ "timeout", "sh ran for more than 0.5 s" }, { word, message })
      assert.is_true(job.now() - before < 5)
      wait_until(function() return is_dead(read_number(note)) end)
    end)

    it("kills what the program leaves behind, and does not wait for it", function()
      local before = job.now()
      local result = sh("sleep 60 & echo $!")
      assert.is_true(job.now() - before < 5)
      wait_until(function() return is_dead(tonumber(result.stdout)) end)
    end)

    it("kills and reaps the program when its job is cancelled", function()
      local note = os.tmpname()
      finally(function() os.remove(note) end)
      local running = job.spawn(function() sh("echo $$ > " .. note .. "; exec sleep 60") end)
      wait_until(function() return read_number(note) end)
      running:cancel()
      assert.is_true(running:join(5))
      assert.equal("cancelled", running.status)
      wait_until(function()
        local stat = io.open(("/proc/%d/stat"):format(read_number(note)))
        if stat then stat:close() end
        return not stat
      end)
    end)

    it("runs fifty programs at once", function()
      local jobs, codes = {}, {}
      local before = job.now()
      for i = 1, 50 do
        jobs[i] = job.spawn(function() codes[i] = sh("sleep 0.5; exit " .. i).code end)
      end
      for i = 1, 50 do assert.is_true(jobs[i]:join(10)) end
      assert.is_true(job.now() - before < 10)
      for i = 1, 50 do assert.equal(i, codes[i]) end
    end)

    it("leaves no descriptors behind", function()
      local function count()
        local number = 0
        for _ in lfs.dir("/proc/self/fd") do number = number + 1 end
        return number
      end
      sh("true")
      local before = count()
      for _ = 1, 20 do
        sh("true", { stdin = "x" })
        process.run { argv = { "reel-no-such-program" } }
        sh("sleep 9", { timeout = 0.001 })
      end
      assert.equal(before, count())
    end)

    it("raises for a wrong argument", function()
      local wrong = { {}, { argv = {} }, { argv = { 1 } }, { argv = { "true" }, nice = 20 } }
      for _, options in ipairs(wrong) do
        assert.is_false((pcall(process.run, options)))
      end
    end)

    it("refuses an argument with a NUL byte", function()
      local _, word = process.run { argv = { "echo", "a\0b" } }
      assert.equal("invalid", word)
    end)
  end)

  it("knows the pid", function()
    assert.equal(process.pid(), tonumber(sh("echo $PPID").stdout))
  end)
end)
