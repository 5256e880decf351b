require "reel.core"
local data = require "reel.core.data"

local KEY <const> = "canary_0123456789"

local function failure(text)
  local values, message = data.evaluate(text)
  assert.is_nil(values)
  return message
end

describe("reel.core.data", function()
  it("copies the table that a text returns", function()
    local values = data.evaluate [[
      local seconds = 2 + 3
      return { a = "x\0y", b = { 1, 2.5, -3, { deep = true } }, c = false, d = seconds,
        [7] = "k" }]]
    assert.same({ a = "x\0y", b = { 1, 2.5, -3, { deep = true } }, c = false, d = 5, [7] = "k" },
      values)
    assert.equal("integer", math.type(values.d))
  end)

  it("passes over a mark of the byte order and a first line with #", function()
    assert.same({ 1 }, data.evaluate "\xEF\xBB\xBFreturn { 1 }")
    assert.same({ 1 }, data.evaluate "#!/usr/bin/lua\nreturn { 1 }")
    assert.equal("line 2: unexpected symbol", failure "# a\n)")
  end)

  it("gives the text no library", function()
    assert.same({ "nil" }, data.evaluate [[
      return { (_G or os or io or require or load or string or setmetatable or pcall) and "some"
        or "nil" }]])
    assert.matches("^line 1: attempt to index a string value$", failure 'return ("x"):rep(9)')
  end)

  local endless = {
    { "an endless loop", "while true do end" },
    { "a function that calls itself for ever", "local function f() return f() end return f()" },
    { "a goto that goes back", "::a:: goto a" },
    { "a comparison of long texts", [[
      local a, b = "x", "x"
      for i = 1, 21 do a, b = a .. a, b .. b end
      for i = 1, 1e9 do if a < b then return {} end end]] },
    { "a table with a metatable in vain", "local t = {} for i = 1, math or 1e12 do t = t end" },
  }
  for _, entry in ipairs(endless) do
    it("ends " .. entry[1], function()
      assert.equal("it runs for too long", failure(entry[2]))
    end)
  end

  it("ends the parsing of a text that Lua parses slowly", function()
    assert.equal("it runs for too long",
      failure("if a then " .. ("a = b elseif a then "):rep(200000) .. "end"))
  end)

  local large = {
    { "a text of gigabytes", 'local s = "x" for i = 1, 40 do s = s .. s end return { s }' },
    { "a large table", "local t = {} for i = 1, 1e9 do t[i] = { i } end return t" },
    { "texts that are dropped at once",
      'local s = "x" for i = 1, 20 do s = s .. s end for i = 1, 99 do local _ = s .. i end' },
    { "one long text in many fields", [[
      local s, t = "x", {}
      for i = 1, 20 do s = s .. s end
      for i = 1, 1000 do t[i] = s end
      return t]] },
    { "recursion", "local function f(...) return f(1, ...) + 1 end return f()" },
  }
  for _, entry in ipairs(large) do
    it("refuses " .. entry[1], function()
      local message = failure(entry[2])
      assert.is_true(message == "it needs more than 16 MiB of memory"
        or message == "line 1: stack overflow", message)
    end)
  end

  local unfit = {
    { "return { f = function() end }",
      "it holds a function: expected strings, numbers, true, false and tables" },
    { "return { 1 / 0 }", "it holds a number that is not finite" },
    { "return { 0 / 0 }", "it holds a number that is not finite" },
    { "return { [true] = 1 }",
      "it holds a table with a key that is neither a string nor a number" },
    { "local t = {} t.t = t return t", "it nests tables more than 16 deep" },
    { "return 7", "it must return a table, but returns a number" },
    { "", "it must return a table, but returns a nil" },
  }
  for _, entry in ipairs(unfit) do
    it("refuses " .. (entry[1] == "" and "an empty text" or entry[1]), function()
      assert.equal(entry[2], failure(entry[1]))
    end)
  end

  it("refuses tables that are few but stand for very many", function()
    assert.equal("it holds more than 100000 values", failure [[
      local t = {}
      for i = 1, 14 do t = { t, t, t } end
      return t]])
  end)

  it("refuses bytecode", function()
    assert.equal("attempt to load a binary chunk",
      failure(string.dump(load "return { 1 }")))
  end)

  local quoting = {
    'return { api_key = "%s }', "return { %s = }", "return { api_key = %s() }", "%s", "goto %s",
    "local x <%s> = 1", "local %s <const> = 1 %s = 2", "return #%s", "return { a = '%s' + 1 }",
    "return { ('%s').x.y }", "return '%s' < 1", "::%s:: ::%s::", "return %s.%s.x", "x = 0x%s",
    "return { [[%s }", "break --%s", "for i = '%s', 2 do end", "return '%s)' .. {}", "--[[%s",
    "local t = { %s = 1 } return t.%s.b.c", "return { '%s\\q' }",
  }
  for _, text in ipairs(quoting) do
    it("quotes nothing of " .. text:gsub("%%s", "KEY"), function()
      assert.not_matches("canary", failure((text:gsub("%%s", KEY))), 1, true)
    end)
  end

  it("tells what is wrong in a line, with the symbols of Lua", function()
    assert.equal("line 2: '}' expected", failure 'return {\n  a = 1 b = 2 }')
    assert.equal("line 1: 'end' expected", failure "if a then")
    assert.equal("line 1: unfinished string", failure 'return { "a }')
  end)
end)
