-- reel repl without a terminal: lines from a pipe.
require "reel.core"
local commands = require "reel.repl.commands"
local completion = require "reel.repl.completion"
local lfs = require "lfs"
local process = require "reel.core.process"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local program = (build:find("^/") and build or lfs.currentdir() .. "/" .. build) .. "/bin/reel"

local function run(input, folder)
  return assert(process.run {
    argv = { "/usr/bin/env", "-C", folder or "/tmp", "REEL_JOURNAL=none", program, "repl" },
    stdin = input, timeout = 30,
  })
end

describe("reel repl from a pipe", function()
  it("runs each line, without prompt or echo", function()
    local result = run("x = 20\nx + 1\n_ * 2")
    assert.same({ 0, "21\n42\n", "" }, { result.code, result.stdout, result.stderr })
  end)

  it("joins lines until they are complete", function()
    assert.equal("{ 1, 2 }\n", run("local t = {}\nreturn {\n1,\n2,\n}\n").stdout)
  end)

  it("goes on after a mistake, and ends with 1", function()
    local result = run("error('oops', 0)\n'after'\n")
    assert.same({ 1, '"after"\n' }, { result.code, result.stdout })
    assert.matches("^reel: oops\n", result.stderr)
  end)

  it("reports that the last lines are not complete", function()
    local result = run("f(\n")
    assert.equal(1, result.code)
    assert.matches("near <eof>", result.stderr)
  end)

  it("waits for the jobs that its lines spawned, and reports their failures", function()
    local result = run([[
j = reel.spawn(function() reel.sleep(0.05) print("behind") end)
k = reel.spawn(function() reel.sleep(0.05) error("alone") end)
j.status
]])
    assert.same({ 1, '"waiting"\nbehind\n' },
      { result.code, (result.stdout:gsub("reel.Job[^\n]*\n", "")) })
    assert.matches("^reel: repl:1: alone\n", result.stderr)
  end)

  it("reports a failure only in the line that waits for its job", function()
    local result = run([[
j = reel.spawn(function() reel.sleep(0.1) error("seen", 0) end)
pcall(j.wait, j)
]])
    assert.same({ 0, 'false\n"seen"\n', "" }, { result.code, result.stdout, result.stderr })
  end)

  it("finds modules of the current folder after .here, and says so before", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert(lfs.mkdir(folder))
    finally(function() os.execute("rm -rf " .. folder) end)
    local file <close> = assert(io.open(folder .. "/own.lua", "w"))
    file:write("return 'a module of this folder'")
    file:flush()
    local result = run(
      "require 'own'\n.here\n(require 'own')\nselect(2, pcall(require, 'none'))\n", folder)
    assert.matches("module 'own' not found:.*no search in the current folder: %.here adds it",
      result.stderr)
    assert.matches("require now finds the Lua modules of " .. folder, result.stdout, 1, true)
    assert.matches('\n"a module of this folder"\n', result.stdout, 1, true)
    assert.is_nil(result.stdout:find("no search", 1, true))
  end)

  it("has commands besides Lua", function()
    assert.matches("Nothing goes on in the background", run(".jobs\n").stdout)
    local help = run(".help\n").stdout
    for _, name in ipairs(commands.names) do
      assert.matches("\n   " .. name .. " ", help, 1, true)
    end
    assert.matches("no command .nope", run(".nope\n").stdout)
  end)

  it("completes the names of its commands", function()
    assert.same({ "", { ".help", ".here" } }, { completion.complete(".he", commands.names) })
  end)
end)
