require "reel.core"
local screen = require "reel.show.screen"

-- A terminal: applies what is written to it and says which lines are then visible.
local function new_terminal()
  local rows, row = { "" }, 1
  local terminal = {}

  local commands = {
    A = function(count) row = row - tonumber(count) end,
    h = function() end,
    l = function() end,
    K = function() rows[row] = rows[row]:sub(1, terminal.column) end,
    J = function()
      rows[row] = rows[row]:sub(1, terminal.column)
      for i = #rows, row + 1, -1 do rows[i] = nil end
    end,
  }

  terminal.column = 0

  local function put(text)
    rows[row] = rows[row]:sub(1, terminal.column) .. text
      .. rows[row]:sub(terminal.column + #text + 1)
    terminal.column = terminal.column + #text
  end

  local function control(character)
    terminal.column = 0
    if character == "\n" then
      row = row + 1
      rows[row] = rows[row] or ""
    end
  end

  function terminal.write(bytes)
    while bytes ~= "" do
      local count, command, rest = bytes:match("^\27%[%??(%d*)(%a)(.*)$")
      local text, after = bytes:match("^([^\27\r\n]+)(.*)$")
      if command then
        commands[command](count)
      elseif text then
        put(text)
      else
        control(bytes:sub(1, 1))
      end
      bytes = rest or after or bytes:sub(2)
    end
  end

  function terminal.seen() return rows end

  return terminal
end

describe("reel.show.screen", function()
  local terminal, block

  before_each(function()
    terminal = new_terminal()
    block = screen.new(terminal.write)
  end)

  it("draws over what it drew before", function()
    block:draw { "one waiting", "two" }
    block:draw { "one", "two", "three" }
    assert.same({ "one", "two", "three", "" }, terminal.seen())
    block:draw { "three" }
    assert.same({ "three", "" }, terminal.seen())
  end)

  it("writes nothing when nothing changed", function()
    local writes = 0
    block = screen.new(function() writes = writes + 1 end)
    block:draw { "one" }
    block:draw { "one" }
    assert.equal(1, writes)
  end)

  it("redraws in one write, and only the lines that changed", function()
    local writes = {}
    block = screen.new(function(bytes) writes[#writes + 1] = bytes end, function() return 80 end)
    block:draw { "one", "two", "three" }
    block:draw { "one", "2", "three" }
    assert.equal(2, #writes)
    assert.equal("\27[?2026h\27[2A\r2\27[K\n\n\27[?2026l", writes[2])
  end)

  it("replaces all lines when a narrower terminal has wrapped them", function()
    local writes, columns = {}, 10
    block = screen.new(function(bytes) writes[#writes + 1] = bytes end,
      function() return columns end)
    block:draw { "123456789", "燈塔守望", "\27[2mabc\27[0m" }
    columns = 5
    block:draw { "1234" }
    assert.equal("\27[?2026h\27[5A\r" .. ("\27[K\n"):rep(5)
      .. "\27[5A\r\27[J1234\27[K\n\27[J\27[?2026l", writes[2])
  end)

  it("prints above the block in one write", function()
    local writes = {}
    block = screen.new(function(bytes) writes[#writes + 1] = bytes end, function() return 80 end)
    block:draw { "one" }
    block:print("done")
    assert.equal("\27[?2026h\27[1A\rdone\27[K\none\27[K\n\27[J\27[?2026l", writes[2])
    assert.equal(2, #writes)
  end)

  it("calls on_erase when a write has erased the block", function()
    local erased = 0
    block.on_erase = function() erased = erased + 1 end
    block:erase()
    block:draw { "one" }
    block:erase()
    assert.equal(1, erased)
  end)

  it("leaves no trace when it is erased", function()
    terminal.write("$ reel\n")
    block:draw { "one", "two" }
    block:erase()
    assert.same({ "$ reel", "" }, terminal.seen())
  end)

  it("prints lines that stay above the block", function()
    block:draw { "one", "two" }
    block:print("done")
    block:draw { "two" }
    assert.same({ "done", "two", "" }, terminal.seen())
  end)

  describe("with guarded files", function()
    local plain = { print = print, write = io.write }

    -- Runs a function while io.output is a guarded file that stands for the terminal.
    local function with_output(fn)
      local file = io.tmpfile()
      local before = io.output()
      io.output(file)
      block:guard(file)
      local ok, err = pcall(fn, file)
      block:close()
      io.output(before)
      file:close()
      assert(ok, err)
    end

    it("erases the block before a script writes", function()
      with_output(function(file)
        block:draw { "one" }
        io.write("by io.write\n")
        assert.same({ "" }, terminal.seen())
        block:draw { "one" }
        file:write("by a method\n")
        assert.same({ "" }, terminal.seen())
      end)
    end)

    it("draws nothing after an unfinished line", function()
      with_output(function()
        io.write("half", "")
        block:draw { "one" }
        assert.same({ "" }, terminal.seen())
        io.write(" line\n", "")
        block:draw { "one" }
        assert.same({ "one", "" }, terminal.seen())
      end)
    end)

    it("lets other files alone", function()
      with_output(function()
        local other <close> = io.tmpfile()
        block:draw { "one" }
        other:write("x")
        assert.same({ "one", "" }, terminal.seen())
      end)
    end)

    it("restores the functions", function()
      with_output(function() assert.not_equal(plain.write, io.write) end)
      assert.same(plain, { print = print, write = io.write })
    end)
  end)
end)
