-- Progress as people see it: the program in a real terminal.
require "reel.core"
local process = require "reel.core.process"
local program = require "support.program"
local terminal = require "reel.core.terminal"
local tmux = require "support.tmux"

local FOREVER <const> = 1000000 -- queries
local SCRIPT <const> = [[
  print("begun")
  local list = {}
  for i = 1, tonumber(arg[1]) do list[i] = i end
  reel.map(list, function(i)
    return reel.text_to_video({ prompt = (arg[2] or "Shot") .. " " .. i }):wait()
  end)
  print("ended")]]

-- A folder with a script that makes as many clips as its argument says. Their tasks end after
-- `finish_tasks`.
local function start(options, settings)
  local all = { NO_COLOR = "1", TERM = "xterm" }
  for name, value in pairs(settings or {}) do all[name] = value end
  local reel = program.start({ polls = FOREVER, life = 60, create = options }, all)
  finally(function() reel:finish() end)
  reel:script("many.lua", SCRIPT)
  return reel
end

local function finish_tasks(reel)
  reel.vendor:control(function(service) service.polls = 0 end)
end

-- What the program writes to a terminal, byte by byte.
local function record(reel, ...)
  local words = reel:argv(...)
  for i, word in ipairs(words) do words[i] = "'" .. word:gsub("'", "'\\''") .. "'" end
  local result = assert(process.run {
    argv = { "script", "-qec", table.concat(words, " "), "/dev/null" }, timeout = 30,
  })
  assert.equal(0, result.code)
  return result.stdout
end

describe("progress on a terminal", function()
  if not tmux.is_there() then
    pending("needs tmux")
    return
  end

  local pane

  local function open(reel, size, ...)
    pane = tmux.start(reel:argv(...), size)
  end

  after_each(function()
    if pane then pane:finish() end
    pane = nil
  end)

  it("shows a line for each task and the sums, and keeps the lines of ended tasks", function()
    local reel = start()
    open(reel, { columns = 70, rows = 12 }, "many.lua", "2")
    pane:wait_for("^begun\n"
      .. "text to video  Shot 1 +waiting +%d+ s\n"
      .. "text to video  Shot 2 +waiting +%d+ s\n"
      .. "2 running  ~60 credits  %d+ s$")
    finish_tasks(reel)
    pane:wait_for("text to video  Shot %d +done, %d+ s\n"
      .. "text to video  Shot %d +done, %d+ s\n"
      .. "ended\n"
      .. "2 done  ~60 credits  %d+ s")
  end)

  it("says how long a clip should take once one is done", function()
    local reel = start()
    finish_tasks(reel)
    reel:run("many.lua", "1")
    reel.vendor:control(function(service) service.polls = 1000000 end)
    open(reel, { columns = 80, rows = 8 }, "many.lua", "2")
    pane:wait_for("Shot 2 +waiting +%d+ s of ~2 s\n")
  end)

  it("shows a task that an earlier run made", function()
    local reel = start()
    reel:script("one.lua", 'print(reel.text_to_video({ prompt = "Early" }).id)')
    local id = reel:run("--quiet", "one.lua").stdout:match("%w+")
    open(reel, { columns = 70, rows = 8 }, "wait", id)
    pane:wait_for("^text to video  Early +waiting +%d+ s\n1 running  %d+ s$")
  end)

  it("uses no more than the rows of the terminal and counts the other tasks", function()
    local reel = start(nil, { REEL_CREATE_RATE = "100/1" })
    open(reel, { columns = 60, rows = 8 }, "many.lua", "30")
    pane:wait_for("Shot 5 +waiting +%d+ s\n… and 25 more: 25 waiting\n30 running  ~900 credits")
    local _, lines = pane:screen():gsub("\n", "")
    assert.is_true(lines <= 6)
  end)

  it("draws again for another width", function()
    local reel = start()
    open(reel, { columns = 80, rows = 20 }, "many.lua", "3", "燈塔守望者在暴風雨中揮手，船隻慢慢經過")
    pane:wait_for("3 running")
    for _, columns in ipairs { 50, 33, 90 } do
      pane:resize(columns, 20)
      local row = "text to video  [^\n]+ +waiting[^\n]*\n"
      pane:wait_for(row:rep(3) .. "3 running  ~90 credits  %d+ s$")
      local longest = 0
      for line in pane:screen():match("[^\n]+\n[^\n]+\n[^\n]+\n[^\n]+$"):gmatch("[^\n]+") do
        longest = math.max(longest, terminal.width(line))
      end
      assert.is_true(longest < columns)
    end
  end)

  it("shows when and why a call is tried again", function()
    local reel = start { { code = 429, msg = "too many requests" }, always = "ok" }
    open(reel, { columns = 80, rows = 8 }, "many.lua", "1")
    pane:wait_for("text to video  Shot 1 +again in %d+ s: too many requests *\n1 to send  %d+ s$")
  end)
end)

describe("progress", function()
  it("has colours on a terminal, but not under NO_COLOR", function()
    for value, expected in pairs { [""] = true, ["1"] = false } do
      local reel = start(nil, { NO_COLOR = value })
      finish_tasks(reel)
      local bytes = record(reel, "many.lua", "1")
      assert.matches("done", bytes)
      assert.equal(expected, bytes:find("\27%[[%d;]*m") ~= nil)
    end
  end)

  it("moves no cursor on a dumb terminal", function()
    local reel = start(nil, { TERM = "dumb" })
    finish_tasks(reel)
    local bytes = record(reel, "many.lua", "1")
    assert.matches("accepted  text to video  Shot 1", bytes)
    assert.is_nil(bytes:find("\27"))
  end)

  it("prints nothing with --quiet", function()
    local reel = start()
    finish_tasks(reel)
    assert.equal("begun\r\nended\r\n", record(reel, "--quiet", "many.lua", "2"))
  end)

  it("prints plain lines elsewhere, with the sums of several tasks", function()
    local reel = start()
    finish_tasks(reel)
    local err = reel:run("many.lua", "2").stderr
    assert.is_nil(err:find("\27"))
    assert.matches("\n%d%d:%d%d:%d%d  2 done  ~60 credits  %d+ s\n$", err)
    assert.is_nil(reel:run("many.lua", "2").stderr:find("accepted"))
  end)

  it("prints once that it waits for a task of an earlier run", function()
    local reel = start()
    reel:script("one.lua", 'print(reel.text_to_video({ prompt = "Early" }).id)')
    local id = reel:run("--quiet", "one.lua").stdout:match("%w+")
    finish_tasks(reel)
    local err = reel:run("wait", id).stderr
    assert.matches("^%d%d:%d%d:%d%d  %w+  attached  text to video  Early  waiting\n", err)
    assert.equal(1, select(2, err:gsub("attached", "")))
  end)
end)
