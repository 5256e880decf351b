-- Checks reel.h by a C program (checks*.c), which runs once for each check. In a sanitizer build
-- the library and this program are instrumented. In a plain build, helgrind also runs some checks.
local canaries = require "support.canaries"
local lfs = require "lfs"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local checks = build .. "/spec/embed_checks"
local sanitizer = os.getenv("REEL_SANITIZE") or ""

-- Runs a check, with the words `before` in front of its command. Returns the output, and whether
-- the check succeeded.
local function run(name, before)
  local command = ("timeout 100 %s %s %s 2>&1"):format(before or "", checks, name)
  local pipe = assert(io.popen(command))
  local output = pipe:read("a")
  return output, pipe:close() == true
end

local function assert_check(name, before)
  local output, ok = run(name, before)
  assert(ok, output)
  return output
end

local function has_program(name)
  return os.execute(("command -v %s >/dev/null"):format(name)) == true
end

-- Makes a folder with a locale whose decimal sign is a comma. Nil when this is not possible.
local function make_locale()
  local folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
  finally(function() os.execute("rm -rf " .. folder) end)
  local made = has_program "localedef" and os.execute(
    ("localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 2>/dev/null"):format(folder))
  return made and folder
end

describe("reel.h", function()
  local titles = {
    { "null", "returns an error for NULL in place of a runtime, from every function" },
    { "closed", "returns an error for a closed runtime, from every function" },
    { "reentry", "refuses to step, wait, close and register from within Lua" },
    { "other_thread", "refuses a thread that did not open the runtime, in every function" },
    { "arguments", "names the argument that is wrong" },
    { "events", "reports what jobs print, log and return, and how they fail" },
    { "unpulled", "drops and counts events that the host does not read, but no ends of jobs" },
    { "hooks", "passes print and log to the host's hooks" },
    { "register", "makes a module of host functions" },
    { "attach", "uses the host's Lua state, and leaves it usable" },
    { "wait_interrupted", "ends a wait by an interrupt" },
    { "interrupt_close", "accepts interrupts while the runtime closes, and afterwards" },
    { "other_thread_close", "refuses another thread while the runtime closes, and afterwards" },
    { "wakeup", "wakes a host that has no descriptors for every kind of work" },
    { "descriptor", "has a descriptor that is readable exactly when a step has work" },
    { "budget", "lets a job give way when the budget of a step is used up, and not before" },
    { "two", "runs two runtimes side by side on one thread" },
    { "holders", "distinguishes runtimes of one process in the journal" },
    { "two_threads", "runs a runtime on each of four threads" },
  }
  for _, each in ipairs(titles) do
    it(each[2], function() assert_check(each[1]) end)
  end

  it("stops a busy coroutine from a signal handler, and stays usable", function()
    assert.matches("stopped after", assert_check "signal")
  end)

  it("stops a busy coroutine from another thread, and stays usable", function()
    assert.matches("stopped after", assert_check "interrupt_thread")
  end)

  it("lets jobs clean up when it closes, within its grace", function()
    local path = os.tmpname()
    finally(function() os.remove(path) end)
    assert_check("grace", "env CHECK_FILE=" .. path)
  end)

  it("ends the threads of a runtime when it closes, while the host's state stays open", function()
    local path = os.tmpname()
    local module = path .. ".lua"
    finally(function() os.remove(path) os.remove(module) end)
    local file <close> = assert(io.open(module, "w"))
    file:write [[return { run = function()
      lock = require "reel.core.files".lock(os.getenv "CHECK_FILE")
      print "begun"
      while true do local _ = {} end
    end }]]
    file:flush()
    local environment = "env CHECK_FILE=%s CHECK_MODULE=%s 'LUA_PATH=%s/?.lua;;'"
    assert_check("attached_thread", environment:format(path, module:match("([^/]*)%.lua$"),
      module:match("^(.*)/")))
  end)

  describe("in a folder with files of the names that reel loads", function()
    local folder

    before_each(function()
      folder = os.tmpname()
      os.remove(folder)
      assert(lfs.mkdir(folder))
      canaries.fill(folder)
      for name, code in pairs {
        ["own.lua"] = "return 'own'", ["script.lua"] = "return require 'own'",
      } do
        local file <close> = assert(io.open(folder .. "/" .. name, "w"))
        file:write(code)
      end
    end)

    after_each(function() os.execute("rm -rf " .. folder) end)

    local module_titles = {
      { "own_modules", "searches absolute folders only, and that of a script" },
      { "host_modules", "leaves a host its paths, but loads libraries by absolute ones only" },
    }
    for _, each in ipairs(module_titles) do
      it(each[2], function()
        local name, value = canaries.variable(folder)
        assert_check(each[1], ("env CHECK_FOLDER=%s %s=%s"):format(folder, name, value))
        assert.equal("", canaries.report(folder))
      end)
    end
  end)

  describe("with the local service", function()
    local folder

    before_each(function()
      folder = os.tmpname()
      os.remove(folder)
      assert(os.execute("mkdir -m 700 " .. folder))
    end)

    after_each(function() os.execute("rm -rf " .. folder) end)

    local local_titles = {
      { "local", "runs no Lua of the service in the host's state" },
      { "local_busy", "refuses a folder that a service of the same process uses" },
      { "local_close", "closes without grace while the service renders, and frees the folder" },
      { "local_close_early", "closes at any moment while the service starts" },
      { "local_cancel", "ends a service whose start was cancelled" },
      { "local_attach", "ends the service with the runtime, while the host's state stays open" },
    }
    for _, each in ipairs(local_titles) do
      it(each[2], function() assert_check(each[1], "env CHECK_FOLDER=" .. folder) end)
    end
  end)

  it("reads and writes numbers with a decimal point under a locale with a comma", function()
    local folder = make_locale()
    if not folder then return pending "localedef cannot make de_DE.UTF-8 here" end
    -- glibc itself leaks memory when it reads LOCPATH.
    local environment = "env ASAN_OPTIONS=detect_leaks=0 LOCPATH=%s LC_ALL=de_DE.UTF-8"
    assert_check("locale", environment:format(folder))
  end)

  describe("under helgrind", function()
    local helgrind = "valgrind -q --tool=helgrind --error-exitcode=9 --history-level=none"
      .. " --suppressions=spec/embed/helgrind.supp"
    -- The checks interrupt_close and other_thread_close are missing, because they use atomics,
    -- which only the thread sanitizer understands.
    local names = { "null", "closed", "reentry", "other_thread", "events", "attach", "wakeup",
      "interrupt_thread", "two_threads" }
    for _, name in ipairs(names) do
      it(("has no race: %s"):format(name), function()
        if sanitizer ~= "" or not has_program "valgrind" then
          return pending "there is no valgrind, or this build has a sanitizer"
        end
        assert_check(name, helgrind)
      end)
    end
  end)
end)
