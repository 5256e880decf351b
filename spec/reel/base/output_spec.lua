-- What the program prints, in a process of its own; and that nothing else prints.
require "reel.core"
local json = require "reel.base.json"
local lfs = require "lfs"
local process = require "reel.core.process"

local PREPARE <const> = ([[
  package.path, package.cpath = %q, %q
  require "reel.core"
  local output = require "reel.base.output"
]]):format(package.path, package.cpath)

-- Runs Lua code that has the module as `output`; returns what it wrote.
local function run(code)
  local result = assert(process.run { argv = { "lua5.4", "-e", PREPARE .. code }, timeout = 10 })
  assert.equal(0, result.code, result.stderr)
  return result.stdout, result.stderr
end

local HOSTILE <const> = [["\27]0;t\7 \r\u{9b}2J\u{202e}\xff\0\nreel: all is well"]]
local CONTROLS <const> = {
  "[\0-\9\11-\31\127]", "\xC2[\x80-\x9F]", "\xE2\x80[\xAA-\xAE]", "\xFF",
}

local function assert_clean(bytes)
  assert.is_true(#bytes > 0)
  for _, pattern in ipairs(CONTROLS) do assert.is_nil(bytes:find(pattern), bytes) end
end

describe("reel.base.output", function()
  it("prints results on stdout, cleaned, each on one line", function()
    local out, err = run(("output.print(%s) output.print()"):format(HOSTILE))
    assert.same({ "?]0;t?  ?2J??? reel: all is well\n\n", "" }, { out, err })
  end)

  it("prints messages on stderr, cleaned, with their further lines indented", function()
    local out, err = run(("output.tell(%s)"):format(HOSTILE))
    assert.same({ "", "?]0;t?  ?2J???\n  reel: all is well\n" }, { out, err })
  end)

  it("keeps the lines of a text", function()
    local out, err = run [[output.print_lines "a\27\nb" output.tell_lines "c\r\nd"]]
    assert.same({ "a?\nb\n", "c \nd\n" }, { out, err })
  end)

  it("escapes in JSON what a terminal would obey, so that programs read it as it is", function()
    for _, print in ipairs { "print_json", "tell_json" } do
      local out, err = run("output." .. print
        .. [[ { a = "\27[2J\127\u{9b}\u{202e}\u{2069}é\n", b = { "\r" } }]])
      assert_clean(out .. err)
      assert.same({ a = "\27[2J\127\u{9b}\u{202e}\u{2069}é\n", b = { "\r" } },
        json.decode(out .. err))
    end
  end)

  it("replaces in JSON what is no UTF-8, and keeps empty lists", function()
    local out = run [[
      local json = require "reel.base.json"
      output.print_json { a = { "\xff", json.array {} }, ["\xfe"] = json.null }]]
    assert.equal('{"a":["\u{FFFD}",[]],"\u{FFFD}":null}\n', out)
  end)

  it("gives programs the exact path of a file", function()
    local out = run [[output.print_path "a\27\xff  b"]]
    assert.equal("a\27\xff  b\n", out)
  end)

  it("keeps the order of the two in one file", function()
    local code = PREPARE .. [[output.print "1" output.tell "2" output.print "3" output.tell "4"]]
    local result = assert(process.run {
      argv = { "/bin/sh", "-c", 'exec lua5.4 -e "$1" 2>&1', "-", code }, timeout = 10,
    })
    assert.equal("1\n2\n3\n4\n", result.stdout)
  end)

  it("prints on the process's stdout, whatever a script does with print and io.stdout", function()
    local out = run [[print, io.stdout, io.write = nil output.print "x"]]
    assert.equal("x\n", out)
  end)

  it("tells whether what was held back could be written", function()
    local out, err = run [[
      output.print "x"
      output.tell(tostring(output.flush()))]]
    assert.same({ "x\n", "true\n" }, { out, err })
  end)
end)

-- Files that print something else than words of the program, and what that is.
local exceptions <const> = {
  ["lua/reel/base/output.lua"] = "the place where words leave",
  ["lua/reel/show/screen.lua"] = "lines with colours, and the calls of scripts that it guards",
  ["lua/reel/cli/plan.lua"] = "what a planned script prints",
  ["lua/reel/service/worker.lua"] = "lines for the thread that reads this one",
}

local function each_file(folder, pattern, fn)
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if name:find("^%.") then goto continue end
    if lfs.attributes(path, "mode") == "directory" then
      each_file(path, pattern, fn)
    elseif name:find(pattern) then
      local file <close> = assert(io.open(path))
      fn(path, file:read "a")
    end
    ::continue::
  end
end

describe("words of the program", function()
  it("leave Lua by base/output.lua alone", function()
    local found = {}
    each_file("lua/reel", "%.lua$", function(path, source)
      if exceptions[path] then return end
      for line in source:gmatch "[^\n]+" do
        local code = line:gsub("%-%-.*", "")
        local prints = code:find "%f[%w_.:]print%s*[%({]" or code:find "io%.stderr:"
          or code:find "io%.stdout:write" or code:find "%f[%w_.]io%.write"
        if prints then found[#found + 1] = path .. ": " .. line end
      end
    end)
    assert.same({}, found)
  end)

  it("leave C by base/message.c alone", function()
    local found = {}
    each_file("src", "%.c$", function(path, source)
      if path == "src/base/message.c" or path == "src/system/line_editor.c" then return end
      for line in source:gmatch "[^\n]+" do
        if line:find "stderr[,)]" or line:find "%f[%w_]printf%(" or line:find "%f[%w_]puts%(" then
          found[#found + 1] = path .. ": " .. line
        end
      end
    end)
    assert.same({}, found)
  end)
end)
