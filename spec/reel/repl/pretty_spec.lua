require "reel.core"
local Error = require "reel.base.error"
local Task = require "reel.tasks.task"
local json = require "reel.base.json"
local pretty = require "reel.repl.pretty"

local function cycle()
  local t = { name = "ring" }
  t.self = t
  return t
end

describe("reel.repl.pretty", function()
  for _, entry in ipairs {
    { "1", 1 }, { "2", 2.0 }, { "0.1", 0.1 }, { "1e+300", 1e300 }, { "inf", math.huge },
    { "9223372036854775807", math.maxinteger },
    { "true", true },
    { '"a \\"b\\"\\n"', 'a "b"\n' },
    { '"Grüße 日本"', "Grüße 日本" },
    { '"\\x1B[2J\\xC2\\x9B"', "\27[2J\xC2\x9B" },
    { '"\\xFF"', "\xFF" },
    { "{}", {} },
    { "{ 1, 2, nil_ = 3 }", { 1, 2, nil_ = 3 } },
    { "{ [3] = 1, [10] = 2, a = 3, b = 4, [true] = 5 }", { b = 4, a = 3, [true] = 5, [10] = 2,
      [3] = 1 } },
    { '{ ["end"] = 1, ["two words"] = 2 }', { ["end"] = 1, ["two words"] = 2 } },
    { '{ name = "ring", self = <cycle> }', cycle() },
    { "{ { { { { {…} } } } } }", { { { { { { 1 } } } } } } },
    { "function (C)", print },
    { "json.null", json.null },
    { "{ 1, 2 } ", json.array { 1, 2 } },
  } do
    local expected, value = table.unpack(entry)
    it("shows " .. expected, function()
      assert.equal((expected:gsub(" $", "")), pretty.format(value))
    end)
  end

  it("shows nil", function()
    assert.equal("nil", pretty.format(nil))
  end)

  it("breaks a value that is wider than the terminal", function()
    local value = { prompt = ("x"):rep(20), list = { 1, 2, 3 } }
    assert.equal('{\n  list = { 1, 2, 3 },\n  prompt = "xxxxxxxxxxxxxxxxxxxx"\n}',
      pretty.format(value, 40))
  end)

  it("cuts long tables, and long strings in them", function()
    local list = {}
    for i = 1, 250 do list[i] = i end
    assert.matches("100,? … 150 more }$", (pretty.format(list, 10000)))
    assert.matches('" … 1000 bytes more }$', (pretty.format({ ("x"):rep(3000) }, 10000)))
    assert.equal(3002, #pretty.format(("x"):rep(3000)))
  end)

  it("uses the __tostring of a value, and survives a mistake in it", function()
    local speaking = setmetatable({}, { __tostring = function() return "me" end })
    local failing = setmetatable({}, { __tostring = function() error("no") end })
    assert.equal("{ me, table (its __tostring failed) }", pretty.format { speaking, failing })
  end)

  it("runs no other metamethod", function()
    local function fail() error("a metamethod ran") end
    local value = setmetatable({ a = 1 }, { __index = fail, __pairs = fail, __len = fail,
      __metatable = "hidden" })
    assert.equal("{ a = 1 }", pretty.format(value))
  end)

  it("shows an error in one line", function()
    local err = Error.new { kind = "timeout", message = "too late" }
    assert.equal("reel.Error timeout: too late", pretty.format(err))
  end)

  it("shows the fields of a task, but only its name inside a table", function()
    local task = Task.of("pretty-1", { model = "sora-2-text-to-video", input = { prompt = "x" } })
    local name = "reel.Task pretty-1 (sora-2-text-to-video, waiting)"
    assert.equal(name .. '\n  input     { prompt = "x" }', pretty.format(task))
    assert.equal("{ " .. name .. " }", pretty.format { task })
  end)
end)
