-- The program as people run it: a process of its own, against a service in this one.
require "reel.core"
local client = require "support.service_client"
local json = require "reel.base.json"
local lfs = require "lfs"
local job = require "reel.core.job"
local process = require "reel.core.process"
local server = require "reel.core.server"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local program = (build:find("^/") and build or lfs.currentdir() .. "/" .. build) .. "/bin/reel"
local text_to_video = "sora-2-text-to-video"

local current -- the program's own folder: without a script, the journal is made there

before_each(function()
  current = os.tmpname()
  os.remove(current)
  lfs.mkdir(current)
end)

after_each(function() os.execute("rm -rf " .. current) end)

-- Runs the program. The arguments are "NAME=value" settings, then the program's words. Settings of
-- this process do not reach it.
local function run(...)
  local argv = { "/usr/bin/env", "-C", current, "-u", "KIE_API_KEY", "-u", "REEL_BASE_URL" }
  local words, settings = { ... }, {}
  while words[1] and words[1]:find("^[%a_]+=") do
    settings[#settings + 1] = table.remove(words, 1)
  end
  for _, list in ipairs { settings, { program }, words } do
    table.move(list, 1, #list, #argv + 1, argv)
  end
  return assert(process.run { argv = argv, timeout = 60 })
end

local function write_file(path, content)
  local file <close> = assert(io.open(path, "w"))
  file:write(content)
end

-- A folder that is removed after the test.
local function new_folder()
  local folder = client.new_root()
  os.execute("mkdir -p " .. folder)
  finally(function() client.remove_root(folder) end)
  return folder
end

-- Runs a script of this source; the words in between are the program's.
local function run_script(source, ...)
  local path = new_folder() .. "/script.lua"
  write_file(path, source)
  local words = { ... }
  words[#words + 1] = path
  local result = run(table.unpack(words))
  result.stderr = result.stderr:gsub(path:gsub("%p", "%%%0"), "script.lua")
  return result
end

describe("the program", function()
  it("prints its help on request, on stdout", function()
    local result = run("--help")
    assert.same({ 0, "" }, { result.code, result.stderr })
    assert.matches("^Usage: reel %[options%] FILE", result.stdout)
    for _, name in ipairs { "run", "make", "models", "credits", "doctor", "serve" } do
      assert.matches("\n   " .. name .. " ", result.stdout)
      assert.matches("^Usage: reel " .. name, run(name, "--help").stdout)
    end
  end)

  it("prints its help on stderr and ends with 2 when stdin is not a terminal", function()
    local result = run()
    assert.same({ 2, "" }, { result.code, result.stdout })
    assert.matches("^Usage:", result.stderr)
  end)

  it("prints its version", function()
    assert.equal("reel " .. require("reel.core").version .. "\n", run("--version").stdout)
  end)

  it("refuses a REEL_LUA that is no absolute path", function()
    for _, tree in ipairs { "lua", "./lua", "/lua;lua", "/lua/?" } do
      local result = run("REEL_LUA=" .. tree, "--version")
      assert.same({ 1, "" }, { result.code, result.stdout })
      assert.matches('^reel: cannot start: [^\n]*REEL_LUA is "' .. tree:gsub("%p", "%%%0")
        .. '": expected the absolute path of a folder', result.stderr)
    end
    assert.equal(0, run("REEL_LUA=", "--version").code)
    assert.equal(0, run("REEL_LUA=" .. lfs.currentdir() .. "/lua", "--version").code)
  end)

  it("ends with 2 and names what was probably meant", function()
    local result = run("modles")
    assert.equal(2, result.code)
    assert.matches('^reel: unknown command "modles", did you mean "models"%?\n', result.stderr)
    assert.matches("^reel: make: unknown option", run("make", "x", "--jsn").stderr)
  end)

  it("says in one sentence what to do without a key", function()
    local result = run("credits")
    assert.equal(2, result.code)
    assert.matches("^reel: there is no API key: [^\n]*%-%-local[^\n]*\n$", result.stderr)
    assert.matches("https://kie.ai/api-key", result.stderr, 1, true)
  end)

  it("lists the models and the fields of one", function()
    assert.matches("sora%-2%-characters%-pro", run("models").stdout)
    assert.matches("n_frames: string, 10 or 15, default 10", run("models", text_to_video).stdout)
    local lines = {}
    for line in run("models", "--json").stdout:gmatch("[^\n]+") do
      lines[#lines + 1] = assert(json.decode(line)).name
    end
    assert.equal(4, #lines)
  end)
end)

describe("reel run", function()
  it("passes the script its arguments and leaves stdout to it", function()
    local folder = new_folder()
    write_file(folder .. "/a.lua", "#!/usr/bin/env reel\nprint(arg[0], #arg, ...)")
    local result = run("--quiet", folder .. "/a.lua", "x", "-y", "--", "--local")
    assert.same({ 0, folder .. "/a.lua\t3\tx\t-y\t--local\n", "" },
      { result.code, result.stdout, result.stderr })
  end)

  it("lets the script require the modules beside it, but none of the current folder", function()
    local folder = new_folder()
    write_file(current .. "/here.lua", "error 'a module of the current folder ran'")
    write_file(folder .. "/beside.lua", "return 'beside ' .. select(2, ...)")
    assert(lfs.mkdir(folder .. "/parts"))
    write_file(folder .. "/parts/init.lua", "return 'parts'")
    write_file(folder .. "/a.lua", [[
      print(require "beside") print((require "parts"))
      print(select(2, pcall(require, "here")))
    ]])
    local result = run("--quiet", folder .. "/a.lua")
    assert.equal(0, result.code, result.stderr)
    assert.equal(("beside %s/beside.lua"):format(folder), result.stdout:match("^[^\t]*"))
    assert.matches("\nparts\n", result.stdout, 1, true)
    assert.matches("module 'here' not found:", result.stdout, 1, true)
  end)

  it("ends with 2 when the script cannot be opened", function()
    local result = run("no/such.lua")
    assert.equal(2, result.code)
    assert.equal("reel: cannot open the script no/such.lua: No such file or directory\n",
      result.stderr)
  end)

  it("reports a mistake with the script's lines and no others", function()
    local result = run_script("local function f() error('oops') end\nf()\nprint()")
    assert.same({ 1, "reel: script.lua:1: oops\n"
      .. "  script.lua:1: in upvalue 'f'\n  script.lua:2: in local 'script'\n" },
      { result.code, (result.stderr:gsub("in local 'f'", "in upvalue 'f'")) })
  end)

  it("reports a mistake in the syntax", function()
    assert.equal("reel: script.lua:1: unexpected symbol near '='\n",
      run_script("local x = = 1").stderr)
  end)

  it("reports the failure of a job that the script does not observe", function()
    local result = run_script([[
      local reel = require "reel"
      reel.spawn(function() error("alone") end)
      reel.sleep(0)
      print("done")]])
    assert.same({ 1, "done\n" }, { result.code, result.stdout })
    assert.matches("^reel: script.lua:2: alone\n", result.stderr)
  end)

  it("ends with the code that the script chose", function()
    assert.equal(7, run_script("os.exit(7)").code)
  end)

  it("collects all problems of an input in one error with the script's line", function()
    local result = run_script([[
      local reel = require "reel"
      reel.text_to_video { promt = "x", n_frames = 10 }]], "KIE_API_KEY=k")
    assert.equal(1, result.code)
    assert.matches("^reel: script.lua:2: invalid:", result.stderr)
    assert.matches('unknown field "promt", did you mean "prompt"?', result.stderr, 1, true)
    assert.matches('"10"', result.stderr)
  end)
end)

describe("the program with a service", function()
  local service, base_url

  before_each(function()
    service = client.start { key = "right" }
    base_url = "--base-url=" .. service.url
  end)

  after_each(function() client.finish(service) end)

  it("makes a clip and saves it", function()
    local folder = new_folder()
    local result = run("KIE_API_KEY=right", "REEL_POLL_FIRST=0.05", "make", base_url,
      text_to_video, "prompt=A lighthouse", "aspect_ratio=portrait", "-o", folder .. "/storm")
    assert.same({ 0, folder .. "/storm.mp4\n" }, { result.code, result.stdout })
    assert.matches("accepted  text to video  A lighthouse\n", result.stderr)
    assert.matches("done\n%d%d:%d%d:%d%d  %x+  saved [^\n]*storm.mp4\n$", result.stderr)
  end)

  it("prints the result as JSON, and progress as JSON on stderr", function()
    local result = run("KIE_API_KEY=right", "REEL_POLL_FIRST=0.05", "make", base_url, "--json",
      text_to_video, "prompt=A lighthouse")
    local made = assert(json.decode(result.stdout))
    assert.same({ "success", text_to_video, 1 }, { made.state, made.model, #made.urls })
    local last
    for line in result.stderr:gmatch("[^\n]+") do last = assert(json.decode(line)) end
    assert.same({ "settled", made.task_id }, { last.event, last.task_id })
  end)

  it("shows no progress on request", function()
    local result = run("KIE_API_KEY=right", "REEL_POLL_FIRST=0.05", "make", base_url, "-q",
      text_to_video, "prompt=A lighthouse")
    assert.same({ 0, "" }, { result.code, result.stderr })
  end)

  it("prints an expected failure without a traceback", function()
    local result = run("KIE_API_KEY=right", "REEL_POLL_FIRST=0.05", "make", base_url, "-q",
      text_to_video, "prompt=[fail]")
    assert.equal(1, result.code)
    assert.matches("^reel: failed: task %x+ failed: [^\n]*\n$", result.stderr)
  end)

  it("says where keys are made when the key is wrong", function()
    local result = run("KIE_API_KEY=wrong", "credits", base_url)
    assert.equal(1, result.code)
    assert.matches("^reel: auth: [^\n]*", result.stderr)
    assert.matches("https://kie.ai/api-key", result.stderr, 1, true)
    assert.is_nil(result.stderr:find("wrong", 1, true))
  end)

  it("checks the path of reel make before it pays", function()
    write_file(current .. "/mine.mp4", "mine")
    for output, reason in pairs {
      ["mine.mp4"] = "did not write it", mine = "did not write it", ["."] = "is a folder",
      ["new/"] = "is a folder", [""] = "path of a file",
    } do
      local result = run("KIE_API_KEY=right", "make", base_url, text_to_video, "prompt=unpaid",
        "-o", output)
      assert.same({ 2, "" }, { result.code, result.stdout })
      assert.matches(reason, result.stderr, 1, true)
    end
    assert.is_nil(run("tasks", "--json").stdout:find("unpaid", 1, true))
  end)

  it("saves beside a folder that has the name without the extension", function()
    assert(lfs.mkdir(current .. "/storm"))
    local result = run("KIE_API_KEY=right", "make", base_url, text_to_video, "prompt=storm", "-o",
      "storm")
    assert.same({ 0, "storm.mp4" }, { result.code, result.stdout:match("storm%.mp4") })
  end)

  it("reports a wrong field of reel make as a mistake in the command line", function()
    local result = run("KIE_API_KEY=right", "make", base_url, text_to_video, "promt=x")
    assert.equal(2, result.code)
    assert.matches('unknown field "promt", did you mean "prompt"?', result.stderr, 1, true)
  end)

  it("does not pay for a character that cannot be saved", function()
    local result = run("KIE_API_KEY=right", "make", base_url, "sora-2-characters-pro",
      "origin_task_id=x", "character_prompt=calm", "-o", "ranger")
    assert.equal(2, result.code)
    assert.matches("^reel: a character has no clip to save\n", result.stderr)
  end)

  it("shows the balance", function()
    assert.matches("^%d+ credits\n$", run("KIE_API_KEY=right", "credits", base_url).stdout)
  end)

  it("passes all checks of reel doctor, which does not show the key", function()
    local result = run("KIE_API_KEY=right", "doctor", "--json", base_url)
    local found = {}
    for line in result.stdout:gmatch("[^\n]+") do
      local finding = assert(json.decode(line))
      found[finding.name or finding.check] = finding.text
    end
    assert.equal(service.url .. " (--base-url)", found.base_url)
    assert.equal("present (KIE_API_KEY)", found.key)
    assert.matches("^answers; %d+ credits$", found.API)
    assert.is_nil(result.stdout:find("right", 1, true))
  end)
end)

describe("reel --local", function()
  local function local_script(source, ...)
    return run_script([[local reel = require "reel" ]] .. source, ...)
  end

  it("needs neither key nor address, and says that clips are previews", function()
    local result = local_script("print(reel.credits())", "--local")
    assert.same({ 0, "100000\n" }, { result.code, result.stdout })
    assert.matches("^reel: clips of the local service are previews, not Sora\n", result.stderr)
  end)

  it("ends its service before os.exit() leaves", function()
    local result = local_script([[
      local _ <close> = setmetatable({}, { __close = function() print "not reached" end })
      print(reel.credits())
      os.exit(7)
    ]], "--local", "--quiet")
    assert.same({ 7, "100000\n", "" }, { result.code, result.stdout, result.stderr })
  end)

  it("reports that the service cannot start", function()
    local folder = new_folder()
    os.execute(("mkdir -m 700 %s/.reel"):format(folder))
    write_file(folder .. "/.reel/local", "")
    write_file(folder .. "/a.lua", "print('not reached')")
    local result = run("--local", folder .. "/a.lua")
    assert.same({ 2, "" }, { result.code, result.stdout })
    assert.equal(("reel: cannot start the local service: %s/.reel/local: this is not a folder; "
      .. "move it away\n"):format(folder), result.stderr)
  end)

  it("runs in a folder whose name is not UTF-8", function()
    local folder = new_folder() .. "/caf\xe9 \"\\"
    lfs.mkdir(folder)
    write_file(folder .. "/a.lua", "print(require 'reel'.credits())")
    local result = run("--local", "--quiet", folder .. "/a.lua")
    assert.same({ 0, "100000\n", "" }, { result.code, result.stdout, result.stderr })
  end)

  it("ends with 2 in a folder whose service runs, and says what to do", function()
    local folder = new_folder()
    local service = client.start { root = folder .. "/.reel/local" }
    finally(function() service:stop() client.remove_root(folder) end)
    write_file(folder .. "/a.lua", "print('not reached')")
    local result = run("--local", folder .. "/a.lua")
    assert.same({ 2, "" }, { result.code, result.stdout })
    assert.matches("process " .. process.pid(), result.stderr)
    assert.matches("reel serve", result.stderr)
  end)

  it("says why a clip could not be made", function()
    local tools = new_folder()
    write_file(tools .. "/ffmpeg", [[#!/bin/sh
      case "$*" in *-hide_banner*) PATH=${PATH#*:} exec ffmpeg "$@" ;; esac
      echo "No space left on device" >&2
      exit 1
    ]])
    assert(os.execute("chmod +x " .. tools .. "/ffmpeg"))
    local result = run_script([[require "reel".text_to_video { prompt = "a dune" }:wait()]],
      "PATH=" .. tools .. ":" .. os.getenv "PATH", "--local", "--quiet")
    assert.equal(1, result.code)
    assert.matches("reel: error: task %x+: ffmpeg: No space left on device", result.stderr)
  end)

  it("excludes --base-url", function()
    local result = local_script("", "--local", "--base-url=http://127.0.0.1:1")
    assert.equal(2, result.code)
    assert.matches("^reel: %-%-local and %-%-base%-url exclude each other", result.stderr)
  end)
end)

describe("an interrupt", function()
  local start_and_kill = [[
    out=$1 signal=$2; shift 2
    "$@" >"$out" 2>"$out.err" & pid=$!
    until grep -q . "$out"; do kill -0 $pid || exit 99; sleep 0.02; done
    kill -s "$signal" $pid
    wait $pid; echo $?]]

  -- Starts the program, sends the signal after its first line on stdout, and returns its exit code
  -- and both streams.
  local function interrupt(signal, ...)
    local out = new_folder() .. "/out"
    local result = assert(process.run {
      argv = { "/bin/sh", "-c", start_and_kill, "sh", out, signal, program, ... }, timeout = 60,
    })
    local function read(path)
      local file <close> = assert(io.open(path))
      return file:read("a")
    end
    return tonumber(result.stdout), read(out), read(out .. ".err")
  end

  local function interrupt_script(source)
    local path = new_folder() .. "/script.lua"
    write_file(path, source)
    return interrupt("INT", "run", path)
  end

  it("ends a script that waits, after its clean-up, with 130", function()
    local code, out, err = interrupt_script([[
      local reel = require "reel"
      print("begun") io.stdout:flush()
      local _ <close> = setmetatable({}, { __close = function() print("cleaned up") end })
      reel.sleep(60)]])
    assert.same({ 130, "begun\ncleaned up\n", "reel: interrupted\n" }, { code, out, err })
  end)

  it("ends a script that computes with 130", function()
    -- It allocates: under the thread sanitizer a signal waits for such a call.
    local code, _, err = interrupt_script(
      "print('begun') io.stdout:flush() while true do local _ = {} end")
    assert.same({ 130, "reel: interrupted\n" }, { code, err })
  end)

  it("ends a script of --local, and then its service", function()
    local path = new_folder() .. "/script.lua"
    write_file(path, [[
      local reel = require "reel"
      reel.text_to_video { prompt = "A kite [slow]" }
      print("begun") io.stdout:flush()
      reel.sleep(60)]])
    local code, out, err = interrupt("INT", "--local", "--quiet", path)
    assert.same({ 130, "begun\n", "reel: interrupted\n" }, { code, out, err })
  end)

  it("ends reel serve with 0", function()
    for _, signal in ipairs { "INT", "TERM" } do
      local root = new_folder()
      local code, out, err = interrupt(signal, "serve", "--no-render", "--quiet", "--root", root)
      assert.same({ 0, "" }, { code, err })
      assert.matches("^listening on http://127%.0%.0%.1:%d+\n$", out)
    end
  end)
end)

describe("a proxy of the environment", function()
  -- Answers every request and keeps what came.
  local function start_proxy()
    local listener, requests = assert(server.listen {}), {}
    job.spawn(function()
      while true do
        local request = listener:accept()
        if not request then return end
        requests[#requests + 1] = request.method .. " " .. request.path
        request:respond { status = 502 }
      end
    end)
    return requests, "http://127.0.0.1:" .. listener.port, function() listener:close() end
  end

  it("gets nothing that is for this machine", function()
    local requests, url, close = start_proxy()
    local service = client.start()
    finally(function() close() client.finish(service) end)
    local settings = { "http_proxy=" .. url, "https_proxy=" .. url, "all_proxy=" .. url,
      "HTTPS_PROXY=" .. url, "ALL_PROXY=" .. url, "KIE_API_KEY=any" }
    local script = [[print(#require "reel".text_to_video { prompt = "a secret dune" }:wait().urls)]]
    for _, words in ipairs {
      { "--local", "--quiet" }, { "--base-url", service.url, "--quiet" },
      { "--base-url", service.url:gsub("127.0.0.1", "localhost"), "--quiet" },
    } do
      local all = table.move(settings, 1, #settings, 1, {})
      local result = run_script(script, table.unpack(table.move(words, 1, #words, #all + 1, all)))
      assert.same({ 0, "1\n", "" }, { result.code, result.stdout, result.stderr })
    end
    assert.same({}, requests)
  end)
end)
