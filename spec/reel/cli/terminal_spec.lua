-- What reaches a terminal when texts from outside hold control sequences: answers of the vendor,
-- prompts, words of the command line, errors of scripts.
local program = require "support.program"

-- What a terminal would obey, or what shows a line in another order, and a line of its own.
local UNWANTED <const> = {
  "[\0-\8\11-\31\127]", "\xC2[\x80-\x9F]", "\xE2\x80[\xAA-\xAE]", "\xE2\x81[\xA6-\xA9]",
  "\nfake line", "^fake line",
}

local function assert_clean(name, bytes)
  assert.is_true(#bytes > 0, name)
  for _, pattern in ipairs(UNWANTED) do
    assert.is_nil(bytes:find(pattern), name .. ": " .. bytes)
  end
end

local HOSTILE <const> = "\27]0;t\7\27[31m\r\u{9b}2J\u{202e}\u{2066}\nfake line\127"

-- These two run in the vendor's process.
local function create(connection, request, service)
  service:accept(request)
  connection:answer(200, require("cjson").encode { code = 200, msg = "success", data = {
    taskId = "task\27]0;t\7\27[31m\r\u{9b}2J\u{202e}\u{2066}\nfake line\127",
  } }, "Content-Type: application/json\r\n")
end

local function record(connection)
  local hostile = "\27]0;t\7\27[31m\r\u{9b}2J\u{202e}\u{2066}\nfake line\127"
  connection:answer(200, require("cjson").encode { code = 200, msg = hostile, data = {
    taskId = "task" .. hostile, model = hostile, state = "fail", failMsg = "no " .. hostile,
    failCode = hostile,
  } }, "Content-Type: application/json\r\n")
end

local function start()
  local reel = program.start { create = { always = create }, record = { always = record } }
  finally(function() reel:finish() end)
  reel:script("a.lua", [[
    local prompt = "a\27[31m \r\u{9b}2J\u{202e}\nfake line\127"
    local task = reel.text_to_video { prompt = prompt }
    local _, err = reel.try(task.wait, task)
    io.stderr:write(tostring(err), "\n", tostring(task), "\n")
    error(err, 0)]])
  return reel
end

describe("hostile text of the vendor", function()
  it("reaches no terminal, by whatever command", function()
    local reel = start()
    for _, words in ipairs {
      { "a.lua" }, { "a.lua" }, { "--json", "a.lua" }, { "--json", "--retry-failed", "a.lua" },
      { "--log-level", "debug", "--retry-failed", "a.lua" }, { "tasks" }, { "tasks", "--json" },
      { "show", "1" }, { "show", "1", "--json" }, { "plan", "a.lua" },
      { "plan", "--json", "a.lua" }, { "gallery" }, { "wait", "1" }, { "save", "1", "-o", "x" },
      { "credits", "--ledger" },
    } do
      local result = reel:run(table.unpack(words))
      assert_clean(table.concat(words, " "), result.stdout .. result.stderr)
    end
    local page <close> = assert(io.open(reel.folder .. "/.reel/gallery.html"))
    assert_clean("the page", page:read "a")
  end)

  it("is whole in JSON, for programs", function()
    local reel = start()
    reel:run("a.lua")
    local found = reel:json("tasks")[1]
    assert.same({ "task" .. HOSTILE, "a\27[31m \r\u{9b}2J\u{202e}\nfake line\127" },
      { found.task_id, found.input.prompt })
  end)

  it("makes a task id a hash, by which the commands find the task", function()
    local reel = start()
    reel:run("a.lua")
    local hash = reel:run("tasks").stdout:match("sha256:%x+\n"):sub(1, -2)
    for _, id in ipairs { hash, hash:sub(1, -3) } do
      local shown = reel:run("show", id)
      assert.equal(0, shown.code, shown.stderr)
      assert.matches("\ntask +" .. hash .. "\n", shown.stdout)
    end
    local waited = reel:run("wait", hash)
    assert.equal(2, waited.code)
    assert.matches("^reel: the id of task " .. hash .. " has characters", waited.stderr)
  end)
end)

describe("hostile words of the command line", function()
  it("reach no terminal", function()
    local reel = start()
    reel:run("a.lua")
    for _, words in ipairs {
      { HOSTILE }, { HOSTILE .. ".lua" }, { "run", HOSTILE }, { "plan", HOSTILE },
      { "--" .. HOSTILE }, { "--log-level", HOSTILE, "a.lua" }, { "--base-url", HOSTILE, "a.lua" },
      { "--journal", HOSTILE, "show", "1" }, { "show", HOSTILE }, { "wait", HOSTILE },
      { "save", HOSTILE }, { "tasks", HOSTILE }, { "tasks", "--" .. HOSTILE },
      { "models", HOSTILE }, { "make", HOSTILE }, { "make", "sora-2-text-to-video", HOSTILE },
      { "make", "sora-2-text-to-video", HOSTILE .. "=1" },
      { "make", "sora-2-text-to-video", "prompt=x", "-o", HOSTILE .. "/x" },
      { "adopt", HOSTILE, "x" }, { "adopt", "1", HOSTILE }, { "resolve", HOSTILE },
      { "trust", HOSTILE },
      { "serve", "--port", HOSTILE }, { "receive", "--listen", HOSTILE },
      { "gallery", "-o", HOSTILE .. "/x.html" },
    } do
      local result = reel:run(table.unpack(words))
      assert_clean(("%q"):format(table.concat(words, " ")), result.stdout .. result.stderr)
    end
  end)
end)

describe("hostile errors of a script", function()
  local scripts <const> = {
    [[error("\27[31m\nfake line\r\u{9b}\u{202e}\127")]],
    [[error(setmetatable({}, { __tostring = function() return "\27[31m\nfake line" end }))]],
    [[reel.spawn(function() error("\27[31m\nfake line") end)]],
    [[coroutine.wrap(function() load("error('x')", "@\27\nfake line")() end)()]],
    [[reel.text_to_video { prompt = "x", ["\27[31m\nfake line"] = 1 }]],
    [[reel.attach("\27[31m\nfake line")]],
    [[reel.configure { base_url = "\27[31m\nfake line" }]],
    [[reel.log("warn", "\27[31m\nfake line")]],
    "\27[31m\nfake line(",
  }

  it("are printed as text, and keep the lines of their traceback", function()
    local reel = start()
    for i, source in ipairs(scripts) do
      reel:script("b.lua", source)
      for _, option in ipairs { "--quiet", "--json" } do
        local result = reel:run(option, "b.lua")
        assert_clean(("script %d %s"):format(i, option), result.stdout .. result.stderr)
      end
    end
    reel:script("b.lua", [[
      local function shoot() error("a\27\nb") end
      shoot()]])
    assert.equal("reel: b.lua:2: a?\n  b\n  b.lua:2: in local 'shoot'\n"
      .. "  b.lua:3: in local 'script'\n", reel:run("b.lua").stderr)
  end)

  it("leave to the script what it prints itself", function()
    local reel = start()
    reel:script("b.lua", [[print("\27[1m") io.write("\27[0m\n") io.stderr:write("\27[2m\n")]])
    local result = reel:run("b.lua")
    assert.same({ "\27[1m\n\27[0m\n", "\27[2m\n" }, { result.stdout, result.stderr })
  end)
end)

describe("the prompt", function()
  it("shows values as text", function()
    local reel = start()
    reel:write("lines", table.concat({
      [["a\27[31m\u{202e}"]], [[{ ["\27"] = "\r\u{9b}" }]],
      [[setmetatable({}, { __tostring = function() return "\27[2J\nfake line" end })]],
      [[setmetatable({ 1 }, { __name = "\27[2J\nfake line" })]], [[error "\27\nfake line"]],
      ".\27x", ".x\27", "",
    }, "\n"))
    local argv = reel:argv("repl")
    local words = {}
    for i, word in ipairs(argv) do words[i] = "'" .. word:gsub("'", "'\\''") .. "'" end
    local pipe <close> = assert(io.popen(("%s < %s/lines 2>&1"):format(table.concat(words, " "),
      reel.folder)))
    local printed = pipe:read "a"
    assert_clean("repl", printed)
    assert.matches('"a\\x1B[31m\\xE2\\x80\\xAE"', printed, 1, true)
  end)
end)

describe("hostile settings of a folder", function()
  it("reach no terminal", function()
    local reel = start()
    reel.settings.XDG_STATE_HOME = reel.folder .. "/state"
    for i, source in ipairs {
      [[return { base_url = "http://\27[31m\nfake line\u{202e}.example" }]],
      [[return { proxy = "http://a.example:1/\27[31m", ca_file = "\27[31m\nfake line" }]],
      [[return { ["\27[31m\nfake line"] = 1 }]], [[error("\27[31m\nfake line")]],
      "\27[31m\nfake line(",
    } do
      reel:write("reel.conf.lua", source)
      for _, words in ipairs {
        { "trust" }, { "trust", "--json" }, { "trust", "--revoke" }, { "doctor" }, { "credits" },
      } do
        local result = reel:run(table.unpack(words))
        assert_clean(("file %d, %s"):format(i, table.concat(words, " ")),
          result.stdout .. result.stderr)
      end
    end
  end)
end)
