require "reel.core"
local Task = require "reel.tasks.task"
local completion = require "reel.repl.completion"
local job = require "reel.core.job"
require "reel.jobs.flow"

local commands = { ".help", ".jobs" }

local function fail() error("a metamethod ran") end

-- Sets a global for one test.
local function with(value)
  rawset(_G, "thing", value)
  finally(function() rawset(_G, "thing", nil) end)
end

local function names(text)
  local _, list = completion.complete(text, commands)
  return list
end

describe("reel.repl.completion", function()
  it("completes globals and keywords", function()
    assert.same({ "ber", { "tonumber" } }, { completion.complete("x = tonum", commands) })
    assert.same({ "repeat", "require", "return" }, (function()
      local found = {}
      for _, name in ipairs(names("re")) do
        if name ~= "reel" then found[#found + 1] = name end
      end
      return found
    end)())
  end)

  it("inserts the text that all candidates have in common", function()
    with { first_one = 1, first_two = 2 }
    assert.equal("rst_", (completion.complete("thing.fi", commands)))
  end)

  it("completes fields of fields, and after a colon only methods", function()
    with { inner = { go = print, gold = 1 } }
    assert.same({ "go", "gold" }, names("print(thing.inner.g"))
    assert.same({ "go" }, names("thing.inner:g"))
  end)

  it("follows an __index that is a table, also in a cycle", function()
    local class = { method = print }
    setmetatable(class, { __index = class })
    with(setmetatable({}, { __index = class, __metatable = "hidden" }))
    assert.same({ "method" }, names("thing:m"))
  end)

  it("completes methods of strings", function()
    with "text"
    assert.same({ "rep", "reverse" }, names("thing:re"))
  end)

  it("runs no metamethod", function()
    local mt = { __index = fail, __pairs = fail, __len = fail, __eq = fail, __call = fail,
      __name = "thing", __tostring = fail }
    with(setmetatable({ own = setmetatable({}, mt) }, mt))
    assert.same({ "own" }, names("thing."))
    assert.same({}, names("thing.missing."))
    assert.same({}, names("thing.own."))
  end)

  it("knows the methods of tasks and jobs", function()
    with(Task.of("completion-1"))
    assert.same({ "wait" }, names("thing:wa"))
    with(job.spawn(function() end))
    assert.same({ "cancel" }, names("thing:c"))
  end)

  it("hides private names until they are asked for", function()
    with { _private = 1, public = 2 }
    assert.same({ "public" }, names("thing."))
    assert.same({ "_private" }, names("thing._"))
  end)

  it("offers nothing after a call or an index, whose value is unknown", function()
    for _, text in ipairs { "f().", "t[1].x", '("x"):', "1.", "no.such.path.", "a.b:c.d" } do
      assert.same({}, names(text))
    end
  end)

  it("completes commands at the beginning of a line", function()
    assert.same({ ".help", ".jobs" }, names("."))
    assert.same({ "elp", { ".help" } }, { completion.complete(".h", commands) })
  end)
end)
