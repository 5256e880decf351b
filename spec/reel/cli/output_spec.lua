-- Output that cannot be written: a full disk, a closed stdout, a reader that has left. And standard
-- descriptors that are closed from the start.
local json = require "reel.base.json"
local process = require "reel.core.process"
local program = require "support.program"

local function start(options)
  local reel = program.start(options)
  finally(function() reel:finish() end)
  reel:script("a.lua", "print 'a'")
  return reel
end

-- Runs the program by a shell; `line` has its command line as "$@".
local function shell(reel, line, ...)
  local argv = { "/bin/bash", "-c", line, "-" }
  local words = reel:argv(...)
  return assert(process.run { argv = table.move(words, 1, #words, #argv + 1, argv), timeout = 60 })
end

local places <const> = {
  { line = 'exec "$@" >/dev/full', reason = "No space left on device" },
  { line = 'exec "$@" >&-', reason = "stdout is closed" },
}

local function assert_told(result, reason, what)
  assert.same({ 1, "reel: cannot write the output: " .. reason .. "\n" },
    { result.code, result.stderr:match("reel: cannot write[^\n]*\n$") }, what)
  assert.is_nil(result.stderr:find("cannot write.*cannot write"), what) -- said once
end

describe("output that cannot be written", function()
  it("is an error of every command", function()
    local reel = start()
    reel:script("made.lua", [[reel.text_to_video { prompt = "a dune" }:wait()]])
    assert.equal(0, reel:run("made.lua").code)
    for _, place in ipairs(places) do
      for _, words in ipairs {
        { "--version" }, { "--help" }, { "tasks", "--help" }, { "a.lua" }, { "plan", "made.lua" },
        { "tasks" }, { "show", "1" }, { "wait", "1" }, { "save", "1", "-o", "x" }, { "gallery" },
        { "credits" }, { "models" }, { "models", "sora-2-text-to-video" }, { "doctor" },
        { "make", "sora-2-text-to-video", "prompt=a dune" }, { "serve", "--no-render" },
      } do
        local result = shell(reel, place.line, "--quiet", table.unpack(words))
        assert_told(result, place.reason, table.concat(words, " "))
      end
    end
    assert.equal(1, #reel.vendor:ledger())
  end)

  it("is told as JSON on request", function()
    local reel = start()
    local result = shell(reel, places[1].line, "models", "--json")
    assert.same({ event = "error", kind = "output",
      message = "cannot write the output: No space left on device" }, json.decode(result.stderr))
    assert.equal(1, result.code)
  end)

  it("is an error of a script that never checks", function()
    local reel = start()
    for _, source in ipairs {
      "for _ = 1, 9999 do print 'a' end", "for _ = 1, 9999 do io.write 'ab' end",
      "for _ = 1, 8192 do io.write 'a' end", "io.stdout:write 'a'", "print 'a' os.exit()",
      "print 'a' os.exit(true)", "io.stdout:setvbuf 'no' io.write 'a'",
      "setmetatable({}, { __gc = function() print 'a' end })",
    } do
      reel:script("b.lua", source)
      for _, place in ipairs(places) do
        assert_told(shell(reel, place.line, "b.lua"), place.reason, source)
      end
    end
  end)

  it("leaves an exit code that says more as it is", function()
    local reel = start { create = { "reset" } }
    reel:script("b.lua", "print 'a' os.exit(7)")
    assert.equal(7, shell(reel, places[1].line, "b.lua").code)
    reel:script("c.lua", [[print 'a' pcall(reel.text_to_video, { prompt = "a lake" })]])
    assert.equal(3, shell(reel, places[1].line, "c.lua").code)
  end)

  it("is no error when nothing was printed", function()
    local reel = start()
    reel:script("b.lua", "io.stdout:write ''")
    for _, place in ipairs(places) do
      local result = shell(reel, place.line, "b.lua")
      assert.same({ 0, "" }, { result.code, result.stderr })
    end
  end)

  it("is told without a word when its reader has left, by the code of SIGPIPE", function()
    local reel = start()
    for _, source in ipairs {
      "for _ = 1, 99999 do print 'a' end", "for _ = 1, 99999 do io.write 'a\\n' end",
    } do
      reel:script("b.lua", source)
      local result = shell(reel, [["$@" | head -1; exit "${PIPESTATUS[0]}"]], "b.lua")
      assert.same({ 141, "a\n", "" }, { result.code, result.stdout, result.stderr })
    end
    local short = shell(reel, [["$@" | cat; exit "${PIPESTATUS[0]}"]], "--version")
    assert.equal(0, short.code)
  end)
end)

describe("closed standard descriptors", function()
  it("are never those of the journal or of a connection", function()
    local reel = start()
    reel:script("b.lua", [[
      reel.text_to_video { prompt = "a dune" }:wait()
      local lfs = require "lfs"
      local file = io.open("found", "w")
      for fd = 0, 2 do
        file:write(io.popen("readlink /proc/" .. arg[1] .. "/fd/" .. fd):read "a")
      end
      file:close()]])
    local result = shell(reel, [[(exec "$@" $BASHPID <&- >&- 2>&-)]], "b.lua")
    assert.equal(0, result.code)
    local file <close> = assert(io.open(reel.folder .. "/found"))
    assert.equal(("/dev/null\n"):rep(3), file:read "a")
    assert.equal(1, #reel.vendor:ledger())
  end)

  it("leave the others as they are", function()
    local reel = start()
    for _, redirection in ipairs { "<&-", "2>&-", "<&- 2>&-" } do
      local result = shell(reel, 'exec "$@" ' .. redirection, "a.lua")
      assert.same({ 0, "a\n" }, { result.code, result.stdout })
    end
    local result = shell(reel, 'exec "$@" <&- >&-', "no.lua")
    assert.equal(2, result.code)
    assert.matches("^reel: cannot open the script no%.lua", result.stderr)
  end)
end)
