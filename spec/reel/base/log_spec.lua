local log = require "reel.base.log"

describe("reel.base.log", function()
  local entries, previous

  before_each(function()
    entries = {}
    previous = log.set_sink(function(level, text) entries[#entries + 1] = { level, text } end)
  end)

  after_each(function()
    log.set_sink(previous)
    log.set_level("info")
  end)

  it("joins values of any type", function()
    log.write("info", "task", 7, nil, true)
    assert.same({ { "info", "task 7 nil true" } }, entries)
  end)

  it("leaves out what is below the level", function()
    log.write("debug", "a")
    log.set_level("error")
    log.write("warn", "b")
    log.write("error", "c")
    log.set_level("debug")
    log.write("debug", "d")
    assert.same({ { "error", "c" }, { "debug", "d" } }, entries)
  end)

  it("keeps lines and their indentation, and takes out control bytes", function()
    log.write("warn", "2 problems\n  a\27[2J\n  b\r")
    assert.same({ { "warn", "2 problems\n  a?[2J\n  b " } }, entries)
  end)

  it("hides secrets everywhere in an entry", function()
    log.hide("hunter2%d")
    log.write("info", "key hunter2%d, again", "hunter2%d")
    assert.same({ { "info", "key [hidden], again [hidden]" } }, entries)
  end)

  it("hides a secret that occurs in its own replacement", function()
    log.hide("idde")
    log.write("info", "idde")
    assert.same({ { "info", "[hidden]" } }, entries)
  end)

  it("takes no secret that would hide plain text", function()
    log.hide(nil)
    log.hide("")
    log.hide("a")
    log.write("info", "a cat")
    assert.same({ { "info", "a cat" } }, entries)
  end)

  it("refuses an unknown level at the caller's line", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local ok, err = pcall(function() log.write("loud", "x") end)
    assert.same({ false, "invalid" }, { ok, err.kind })
    assert.matches("log_spec%.lua:" .. line .. "$", err.where)
  end)

  it("returns the sink that it replaces", function()
    local mine = function() end
    local before = log.set_sink(mine)
    assert.equal(mine, log.set_sink(before))
  end)
end)
