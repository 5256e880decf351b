local Error = require "reel.base.error"

describe("reel.base.error", function()
  it("prints its kind and its message", function()
    local err = Error.new { kind = "rejected", message = "the prompt is empty" }
    assert.equal("rejected: the prompt is empty", tostring(err))
  end)

  it("fills in whether a retry helps and that nothing was billed", function()
    local err = Error.new { kind = "paused", message = "closed for now" }
    assert.same({ true, "no" }, { err.retryable, err.billed })
    assert.is_false(Error.new({ kind = "auth", message = "no key" }).retryable)
  end)

  it("keeps what the caller says over what the kind implies", function()
    local err = Error.new { kind = "failed", message = "outage", retryable = true, billed = "yes" }
    assert.same({ true, "yes" }, { err.retryable, err.billed })
  end)

  it("leaves the fields it was made from alone", function()
    local fields = { kind = "auth", message = "no key" }
    assert.is_true(Error.is(Error.new(fields)))
    assert.is_false(Error.is(fields))
  end)

  it("adopts a table in place", function()
    local unique = { kind = "cancelled", message = "the job was cancelled" }
    assert.equal(unique, Error.adopt(unique))
    assert.is_true(Error.is(unique))
  end)

  it("has printable texts, whatever it quotes", function()
    local err = Error.new { kind = "failed", message = "no \27[2J\u{9b}\u{202e}\xff\nreel: fine",
      hint = "a\27", where = "a\27.lua:1", task_id = "t\27" }
    assert.same({ "no ?[2J???\n  reel: fine", "a?", "a?.lua:1", "t\27" },
      { err.message, err.hint, err.where, err.task_id })
    assert.equal("a?.lua:1: failed: no ?[2J???\n  reel: fine", tostring(err))
    local fn = load("(...).raise({ kind = 'failed', message = 'x' }, 1)", "@b\27.lua")
    local _, raised = pcall(fn, Error)
    assert.equal("b?.lua:1", raised.where)
  end)

  it("refuses a kind that is not in the list", function()
    assert.has_error(function() Error.new { kind = "oops", message = "x" } end,
      "unknown kind of error: oops")
  end)

  it("knows its own from other values", function()
    for _, other in ipairs { "text", {}, 1, setmetatable({}, {}) } do
      assert.is_false(Error.is(other))
    end
    assert.is_false(Error.is(nil))
  end)
end)

describe("reel.error raise", function()
  it("raises the fields as an error without a position", function()
    local _, err = pcall(Error.raise, { kind = "server", message = "broken" })
    assert.equal("server: broken", tostring(err))
  end)

  it("names the caller's line at level 2", function()
    local function api() Error.raise({ kind = "invalid", message = "no prompt" }, 2) end
    local line = debug.getinfo(1, "l").currentline + 1
    local _, err = pcall(function() api() end)
    assert.matches("error_spec%.lua:" .. line .. "$", err.where)
    assert.matches("error_spec%.lua:%d+: invalid: no prompt$", tostring(err))
  end)
end)

describe("reel.error try", function()
  it("returns all values of a function that succeeds", function()
    assert.same({ 1, nil, 3 }, { Error.try(function(...) return ... end, 1, nil, 3) })
  end)

  it("returns nil and a reel.Error", function()
    local value, err = Error.try(Error.raise, { kind = "server", message = "broken" })
    assert.is_nil(value)
    assert.equal("server", err.kind)
  end)

  it("lets a cancel go on up", function()
    local cancelled = Error.new { kind = "cancelled", message = "the job was cancelled" }
    local ok, err = pcall(Error.try, Error.raise, cancelled)
    assert.is_false(ok)
    assert.equal(cancelled, err)
  end)

  it("lets other errors go on up unchanged", function()
    local ok, err = pcall(Error.try, error, "a mistake", 0)
    assert.same({ false, "a mistake" }, { ok, err })
  end)

  it("lets a coroutine yield through it", function()
    local co = coroutine.wrap(function() return Error.try(coroutine.yield, "parked") end)
    assert.equal("parked", co())
    assert.equal("woken", co("woken"))
  end)
end)
