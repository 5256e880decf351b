require "reel.core"
local Error = require "reel.base.error"
local line = require "reel.cli.line"

local commands = { "run", "make", "models", "serve" }

local function split(...)
  return line.split({ ... }, commands)
end

-- The message and the hint of a line that is refused.
local function refusal(...)
  local result, err = Error.try(split, ...)
  assert.is_nil(result)
  assert.equal("config", err.kind)
  return err.message, err.hint
end

describe("reel.cli.line", function()
  it("runs a script that is named without a command", function()
    assert.same({ command = "run", words = { "--local", "--", "a.lua" },
      script_arguments = { "x", "-y" } }, split("--local", "a.lua", "x", "-y"))
  end)

  it("reads `run FILE` and `FILE` alike", function()
    assert.same(split("--quiet", "a.lua", "x"), split("run", "--quiet", "a.lua", "x"))
    assert.same(split("--quiet", "a.lua", "x"), split("--quiet", "run", "a.lua", "x"))
  end)

  it("does not take an option's value for the script", function()
    local result = split("--base-url", "http://127.0.0.1:1", "a.lua")
    assert.same({ "--base-url", "http://127.0.0.1:1", "--", "a.lua" }, result.words)
    assert.same({ "--log-level=debug", "--", "a.lua" }, split("--log-level=debug", "a.lua").words)
  end)

  it("gives a command all its words", function()
    assert.same({ command = "make", words = { "--json", "m", "prompt=x", "-o", "y" },
      script_arguments = {} }, split("--json", "make", "m", "prompt=x", "-o", "y"))
  end)

  it("refuses an option of reel after the script and names both ways to write it", function()
    local message, hint = refusal("a.lua", "x", "--local")
    assert.equal("--local stands after the script, so the script would get it", message)
    assert.equal("for reel: reel --local a.lua; for the script: reel a.lua -- --local", hint)
    assert.matches("^%-%-base%-url=u stands", (refusal("run", "a.lua", "--base-url=u")))
    assert.matches("^%-q stands", (refusal("a.lua", "-q")))
  end)

  it("gives everything after -- to the script", function()
    assert.same({ "x", "--local" }, split("a.lua", "x", "--", "--local").script_arguments)
    assert.same({ "--", "--json" }, split("a.lua", "--", "--", "--json").script_arguments)
    assert.same({ "--json" }, split("run", "--", "a.lua", "--json").script_arguments)
  end)

  it("takes any word after a leading -- as the script", function()
    assert.same({ command = "run", words = { "--", "make" }, script_arguments = {} },
      split("--", "make"))
  end)

  it("lets the script have options that reel does not know", function()
    assert.same({ "--loud", "-x" }, split("a.lua", "--loud", "-x").script_arguments)
  end)

  it("names the command that was probably meant", function()
    assert.equal('unknown command "mkae", did you mean "make"?', (refusal("mkae", "m")))
    assert.equal('unknown command "frobnicate"', (refusal("frobnicate")))
  end)

  it("names the option that was probably meant", function()
    assert.equal('unknown option --locl, did you mean "--local"?', (refusal("--locl", "a.lua")))
    assert.equal("unknown option --bsae-url, did you mean \"--base-url\"?",
      (refusal("run", "--bsae-url=x", "a.lua")))
  end)

  it("finds no command in an empty line, or in one that has only options", function()
    assert.same({ words = {}, script_arguments = {} }, split())
    assert.is_nil(split("--help").command)
    assert.same({ command = "run", words = { "--quiet" }, script_arguments = {} },
      split("run", "--quiet"))
  end)
end)
