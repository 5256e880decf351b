local Error = require "reel.base.error"
local report = require "reel.show.report"

describe("reel.show.report", function()
  it("prints an expected failure as one message, without a traceback", function()
    local err = Error.new { kind = "failed", message = "too dark", task_id = "t1" }
    assert.same({ "reel: failed: too dark", "  task t1" },
      report.lines(err, "stack traceback:\n\ta.lua:1: in main chunk"))
  end)

  it("does not repeat the task id", function()
    local err = Error.new { kind = "failed", message = "task t1 is too dark", task_id = "t1" }
    assert.same({ "reel: failed: task t1 is too dark" }, report.lines(err))
  end)

  it("gives the position of a call with a wrong argument", function()
    local err = Error.new { kind = "invalid", message = "no prompt", where = "a.lua:3" }
    assert.same({ "reel: a.lua:3: invalid: no prompt" }, report.lines(err))
  end)

  it("says where keys are made, once", function()
    assert.same({ "reel: auth: wrong key",
      "  keys are made at https://kie.ai/api-key; --local works without one" },
      report.lines(Error.new { kind = "auth", message = "wrong key" }))
    local told = "wrong key (keys are made at https://kie.ai/api-key)"
    assert.same({ "reel: auth: " .. told }, report.lines(Error.new { kind = "auth",
      message = told }))
  end)

  it("offers the local service while a model is paused", function()
    local lines = report.lines(Error.new { kind = "paused", message = "sora-2 is closed" })
    assert.equal("reel: paused: sora-2 is closed", lines[1])
    assert.matches("%-%-local", lines[2])
  end)

  it("prints a mistake with the script's own lines of the traceback", function()
    local traceback = table.concat({
      "stack traceback:", "\t[C]: in function 'error'", "\treel.flow:12: in function 'map'",
      "\treel:4: in function 'x'", "\tmy/script.lua:7: in local 'shoot'",
      "\t(...tail calls...)", "\tmy/script.lua:9: in main chunk", "\treel.cli.run:30: in ?",
    }, "\n")
    assert.same({ "reel: my/script.lua:7: oops", "  my/script.lua:7: in local 'shoot'",
      "  my/script.lua:9: in main chunk" }, report.lines("my/script.lua:7: oops", traceback))
  end)

  it("prints error values that are not strings", function()
    assert.same({ "reel: nil" }, report.lines(nil))
    assert.same({ "reel: 7" }, report.lines(7))
  end)

  it("gives the exit code of an error", function()
    local function code(kind) return report.exit_code(Error.new { kind = kind, message = "x" }) end
    assert.same({ 2, 1, 130, 1 },
      { code "config", code "failed", code "cancelled", report.exit_code("oops") })
  end)
end)
