-- Nothing in the current folder is code for reel: every command runs in a folder whose files have
-- the names of what reel loads, and none of these files is run.
require "reel.core"
local canaries = require "support.canaries"
local commands = require "reel.cli.commands"
local lfs = require "lfs"
local process = require "reel.core.process"
local program = require "support.program"

local build = os.getenv("REEL_BUILD_DIR") or "build"
if not build:find("^/") then build = lfs.currentdir() .. "/" .. build end
local tree = lfs.currentdir()

local MODEL <const> = "sora-2-text-to-video"

-- Starts a command that ends only by a signal, and ends it once it listens.
local UNTIL_IT_LISTENS <const> = [[
  rm -f listening
  "$0" "$@" >listening 2>&1 & pid=$!
  for _ in $(seq 400); do grep -q ^listening listening && break; sleep 0.05; done
  kill -TERM $pid; wait $pid; code=$?
  cat listening; exit $code
]]

-- The words of a command line, the expected exit code (default 0), and what differs from a plain
-- call. Later lines use the clip that the first one makes.
local lines = {
  { { "make", MODEL, "prompt=x", "-o", "clip" } },
  { { "--version" } },
  { { "--help" } },
  { { "models" } },
  { { "models", MODEL } },
  { { "tasks" } },
  { { "tasks", "--open" } },
  { { "doctor" } },
  { { "credits" } },
  { { "run", "script.lua" } },
  { { "script.lua" } },
  { { "run", "sub/script.lua" } },
  { { "--local", "script.lua" } },
  { { "plan", "script.lua" } },
  { { "show", "TASK" } },
  { { "wait", "TASK" } },
  { { "save", "TASK", "-o", "copy" } },
  { { "gallery" } },
  { { "adopt", "1", "TASK" }, 1 },
  { { "resolve", "1", "--absent", "--why", "why" }, 1 },
  { { "trust" } },
  { { "repl" }, stdin = "reel.VERSION\n.tasks\npcall(require, 'own')\n" },
  { { "serve", "--port", "0" }, before = { "/bin/sh", "-c", UNTIL_IT_LISTENS } },
  { { "receive" }, before = { "/bin/sh", "-c", UNTIL_IT_LISTENS } },
}

local reel

-- Runs a command line, with other words before the program's.
local function run(line, ...)
  local words = {}
  for i, word in ipairs(line[1]) do words[i] = word == "TASK" and reel.task_id or word end
  local argv = reel:argv(table.unpack(words))
  local place = #argv - #words -- of the program
  local before = { ... }
  table.move(line.before or {}, 1, #(line.before or {}), #before + 1, before)
  table.move(argv, place, #argv, place + #before)
  table.move(before, 1, #before, place, argv)
  return assert(process.run { argv = argv, stdin = line.stdin, timeout = 60 })
end

local function start()
  reel = program.start()
  local name, value = canaries.variable(reel.folder)
  reel.settings = { [name] = value, LUA_INIT = "@./init.lua" }
  assert(lfs.mkdir(reel.folder .. "/sub"))
  for _, folder in ipairs { "", "sub/" } do
    reel:script(folder .. "script.lua", [[
      require "argparse" require "cjson" require "lfs"
      reel.text_to_video { prompt = "x" }:wait()
    ]])
  end
  assert.equal(0, run(lines[1]).code)
  reel.task_id = assert(reel:json("tasks")[1].task_id)
  canaries.fill(reel.folder)
  reel:write("reel.conf.lua", "return { wait_timeout = 60 }") -- data, which every command reads
end

describe("in a folder with files of the names that reel loads", function()
  setup(start)
  teardown(function() reel:finish() end)

  it("every command is tried", function()
    local missing = {}
    for _, name in ipairs(commands.names) do missing[name] = true end
    for _, line in ipairs(lines) do missing[line[1][1]] = nil end
    assert.same({}, missing)
  end)

  for _, line in ipairs(lines) do
    local words = table.concat(line[1], " ")

    it("reel " .. words .. " runs none of them", function()
      local result = run(line)
      assert.equal("", canaries.report(reel.folder))
      assert.equal(line[2] or 0, result.code, result.stdout .. result.stderr)
    end)

    it("reel " .. words .. " runs none of them if paths of the environment are relative", function()
      local result = run(line, "env", "LUA_PATH=./?.lua;?.lua;;", "LUA_CPATH=./?.so;?.so;;",
        "PATH=.::" .. os.getenv "PATH")
      assert.equal("", canaries.report(reel.folder))
      assert.equal(line[2] or 0, result.code, result.stdout .. result.stderr)
    end)
  end

  -- Names in the current folder that a command line's words permit: a file to read or write, the
  -- part of it while it is written, its folder, and what the shell of UNTIL_IT_LISTENS writes.
  local function permitted(line, name)
    if name == "." or name == "listening" then return true end
    for _, word in ipairs(line[1]) do
      if name:sub(1, #word) == word then return true end
    end
  end

  -- The relative names that a command line opened or ran in the current folder. A process that has
  -- changed its folder, as those that render do, is in another folder from then on.
  local function relative_names(line)
    local trace = os.tmpname()
    finally(function() os.remove(trace) end)
    -- LeakSanitizer traces the process itself, which then cannot be traced.
    run(line, "env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-qq", "-e", "signal=none",
      "-e", "trace=?open,?openat,?openat2,?execve,?chdir", "-o", trace)
    local names, has_left, count = {}, {}, 0
    for entry in io.lines(trace) do
      local pid, call, name = entry:match('^(%d+) +(%l+%d?)%([^"]-"([^"]*)"')
      local is_relative = name and name:find("^[^/]") and not entry:find("%(%d")
      if call == "chdir" then
        has_left[pid] = true
      elseif is_relative and not has_left[pid] and not permitted(line, name) then
        names[#names + 1] = name
      end
      if name then count = count + 1 end
    end
    assert(count > 10, "strace shows nothing")
    return names
  end

  local can_trace = os.execute("strace -qq -o /dev/null true 2>/dev/null")

  for _, line in ipairs(lines) do
    it("reel " .. table.concat(line[1], " ") .. " opens no relative name of its own", function()
      if not can_trace then return pending "strace is missing, or must not trace here" end
      assert.same({}, relative_names(line))
    end)
  end

  -- Runs code in a stock interpreter that finds reel as README says.
  local function interpret(code)
    local name, value = canaries.variable(reel.folder)
    return assert(process.run { timeout = 60, argv = {
      "/usr/bin/env", "-C", reel.folder, name .. "=" .. value,
      ("LUA_PATH=%s/lua/?.lua;%s/lua/?/init.lua;;"):format(tree, tree),
      ("LUA_CPATH=%s/lib/?.so;;"):format(build), "lua5.4", "-e", code,
    } })
  end

  it("a stock interpreter that requires reel runs none of them", function()
    local result = interpret [[
      print(require "reel".version, require "lfs".dir, require "cjson".null)
    ]]
    assert.equal("", canaries.report(reel.folder))
    assert.equal(0, result.code, result.stderr)
    assert.matches("^%d+%.%d+%.%d+\tfunction: %S+\tuserdata: ", result.stdout)
  end)
end)
