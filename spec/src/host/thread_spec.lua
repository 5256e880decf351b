-- reel.thread, as the program has it: each test runs a script, and a module on a thread of its own.
require "reel.core"
local annotations = require "support.annotations"
local lfs = require "lfs"
local process = require "reel.core.process"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local program = (build:find("^/") and build or lfs.currentdir() .. "/" .. build) .. "/bin/reel"

-- Under the thread sanitizer a signal waits for a call of the C library: loops allocate.
local BUSY <const> = "while true do local _ = {} end"

local folder

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
end)

after_each(function() os.execute("rm -rf " .. folder) end)

local function write(name, source)
  local file <close> = assert(io.open(folder .. "/" .. name, "w"))
  file:write(source)
end

-- Runs a script whose worker.run(text) has this body; the program's result.
local function run(body, script)
  write("worker.lua", ([[
    local reel, files = require "reel", require "reel.core.files"
    return { run = function(text) %s end }]]):format(body))
  write("script.lua", [[
    local reel, thread = require "reel", require "reel.thread"
    local files = require "reel.core.files"
    local function start(text) return assert(thread.start("worker", text or "")) end
  ]] .. script)
  return assert(process.run { timeout = 60, argv = {
    "/usr/bin/env", "-u", "LUA_PATH", "-C", folder, program, "--quiet", "script.lua" } })
end

local function output(body, script)
  local result = run(body, script)
  assert.same({ 0, "" }, { result.code, result.stderr })
  return result.stdout
end

describe("reel.thread", function()
  it("hands over what its job prints and logs, and then its end", function()
    assert.equal("got\ta text\nbe careful\twarn\nnil\nnil\n", output([[
      print("got", text) reel.log("warn", "be careful")
    ]], [[
      local worker = start "a text"
      for _ = 1, 4 do print(worker:receive()) end
    ]]))
  end)

  it("tells how its job failed", function()
    assert.matches("^nil\tscript\t/%S*/worker%.lua:%d+: broken\nnil\n$", output("error 'broken'", [[
      local worker = start()
      print(worker:receive()) print(worker:receive())
    ]]))
  end)

  it("tells that there is no such module", function()
    assert.matches("^nil\tscript\treel.thread:1: module 'none' not found", output("", [[
      print(thread.start("none", ""):receive())
    ]]))
  end)

  it("searches no relative folder", function()
    assert.equal("true\nnil\n", output("print(package.path == text)", [[
      local path = package.path
      package.path = "./?.lua;" .. path .. ";?.lua"
      local worker = start(path)
      print(worker:receive()) print(worker:receive())
    ]]))
  end)

  it("runs in a state of its own, while its starter's goes on", function()
    assert.equal("20\tnil\n", output("shared = 1 " .. BUSY, [[
      local worker <close>, count = start(), 0
      for _ = 1, 20 do reel.sleep(0.005) count = count + 1 end
      print(count, shared)
    ]]))
  end)

  it("ends a job that waits, after its clean-up, when it is asked to", function()
    assert.equal("begun\ncleaned up\nnil\n", output([[
      local _ <close> = setmetatable({}, { __close = function()
        reel.shield(reel.sleep, 0.01)
        print "cleaned up"
      end })
      print "begun"
      reel.sleep(60)
    ]], [[
      local worker = start()
      print(worker:receive())
      worker:stop() worker:stop()
      print(worker:receive()) print(worker:receive())
    ]]))
  end)

  it("ends a job that has not begun when it is asked to", function()
    assert.equal("nil\n", output("print 'begun' reel.sleep(60)", [[
      local worker = start()
      worker:stop()
      local words = worker:receive()
      print(words == "begun" and worker:receive() or nil)
    ]]))
  end)

  it("is over once it is closed", function()
    assert.equal("nil\n", output("print 'begun' reel.sleep(60)", [[
      local worker = start()
      worker:receive()
      worker:close() worker:close() worker:stop()
      print(worker:receive())
    ]]))
  end)

  -- A lock that the thread has is free again only when its state is closed.
  local hold_lock = "local lock <close> = assert(files.lock 'lock') print 'begun' "

  for _, entry in ipairs { { "waits", "reel.sleep(60)" }, { "computes", BUSY },
    { "prints", "while true do print 'more' end" } } do
    local what, body = table.unpack(entry)
    it("ends a job that " .. what .. " when it is closed or collected", function()
      assert.equal("busy\nfree\nfree\n", output(hold_lock .. body, [[
        local function look() print(select(2, files.lock "lock") or "free") collectgarbage() end
        local worker = start()
        worker:receive()
        look()
        worker:close()
        look()
        start():receive()
        collectgarbage() collectgarbage()
        look()
      ]]))
    end)
  end

  it("ends with the program while a job receives", function()
    assert.equal("begun\n", output("print 'begun' " .. BUSY, [[
      local worker = start()
      print(worker:receive())
      reel.spawn(function() worker:receive() end):detach()
      reel.sleep(0.01)
    ]]))
  end)

  it("leaves a job that receives when that is cancelled", function()
    assert.equal("timeout\nlater\n", output([[
      while not io.open "go" do reel.sleep(0.005) end
      print "later"
    ]], [[
      local worker <close> = start()
      local _, err = reel.try(reel.timeout, 0.01, function() worker:receive() end)
      print(err.kind)
      reel.sleep(0.001) -- the I/O thread has carried out the cancel when this has passed through it
      io.open("go", "w"):close()
      print(worker:receive())
    ]]))
  end)

  it("cuts off words that are too long", function()
    assert.equal("4090\tx\n4090\n", output("print(('x'):rep(10000)) print(('y'):rep(4090))", [[
      local worker = start()
      local first, second = worker:receive(), worker:receive()
      print(#first, first:match("^(x)x+$")) print(#second)
    ]]))
  end)

  it("leaves no descriptor and no thread behind", function()
    assert.equal("0\t0\n", output("print 'begun' reel.sleep(60)", [[
      local lfs = require "lfs"
      local function count(what)
        local found = 0
        for _ in lfs.dir("/proc/self/" .. what) do found = found + 1 end
        return found
      end
      local function use() local worker <close> = start() worker:receive() end
      use()
      local descriptors, threads = count "fd", count "task"
      for _ = 1, 5 do use() end
      print(count "fd" - descriptors, count "task" - threads)
    ]]))
  end)

  it("refuses what is no text", function()
    assert.equal("false\tfalse\tfalse\n", output("", [[
      local function ask(...) return (pcall(thread.start, ...)) end
      print(ask(), ask "worker", ask("worker", "a\0b"))
    ]]))
  end)

  it("has the functions that are described, and no other", function()
    local found, described = annotations.read("lua/reel/_meta/thread.lua"), {}
    for name, each in pairs(found.functions) do
      described[#described + 1] = name
      assert.equal(each.arguments, table.concat(each.params, ", "))
    end
    table.sort(described)
    assert.equal(table.concat(described, "\n") .. "\n", output("", [[
      local names = {}
      for name in pairs(debug.getregistry()["reel.Thread"].__index) do
        names[#names + 1] = "Thread:" .. name
      end
      for name in pairs(thread) do names[#names + 1] = "thread." .. name end
      table.sort(names)
      print(table.concat(names, "\n"))
    ]]))
  end)
end)
