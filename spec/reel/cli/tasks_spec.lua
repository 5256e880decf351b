-- What people see of the journal: reel tasks, show, wait, save and credits.
local program = require "support.program"

local function start(options, settings)
  local reel = program.start(options, settings)
  finally(function() reel:finish() end)
  return reel
end

local two_clips <const> = [[
  reel.text_to_video { prompt = "a dune" }:wait()
  local ok, err = pcall(reel.text_to_video, { prompt = "a lake" })
  if not ok then print(err.kind) end]]

describe("reel tasks", function()
  it("says so when nothing was made, and makes no journal", function()
    local reel = start()
    local result = reel:run("tasks")
    assert.same({ 0, "Nothing was made in this folder yet.\n", "" },
      { result.code, result.stdout, result.stderr })
    assert.is_false(reel:has ".reel")
  end)

  it("lists first what needs a person, and says how to settle it", function()
    local reel = start { create = { "reset" } }
    reel:script("a.lua", [[
      pcall(reel.text_to_video, { prompt = "a lake" })
      reel.text_to_video { prompt = "a dune" }:wait()]])
    reel:run("a.lua")
    local result = reel:run("tasks")
    local id = reel.vendor:ledger()[2].task_id
    assert.matches("^1  ambiguous  %d+ s  ~30  text to video  a lake\n   > the attempt was sent, "
      .. "but its outcome is unknown%.[^\n]*reel adopt 1 TASK_ID[^\n]*"
      .. "reel resolve 1 %-%-absent[^\n]*\n"
      .. "2  succeeded  %d+ s  ~30  text to video  a dune  " .. id .. "\n$", result.stdout)
    assert.equal(0, result.code)
  end)

  it("prints one JSON object on each line on request", function()
    local reel = start { create = { "ok", "reset" }, outcome = { creditsConsumed = 27.5 } }
    reel:script("a.lua", two_clips)
    reel:run("a.lua")
    local found = reel:json("tasks")
    assert.same({ "ambiguous", "succeeded" }, { found[1].state, found[2].state })
    assert.same({ 2, { prompt = "a lake" }, 30 }, { found[1].attempt, found[1].input,
      found[1].estimate })
    assert.same({ reel.vendor:ledger()[1].task_id, 27.5, "a.lua" },
      { found[2].task_id, found[2].credits, found[2].script })
    assert.equal(1, #reel:json("tasks", "--open"))
  end)
end)

describe("every command", function()
  it("warns of the attempts that wait for a person, until they are settled", function()
    local reel = start { create = { "reset" } }
    reel:script("a.lua", [[pcall(reel.text_to_video, { prompt = "a lake" })]])
    reel:script("b.lua", [[print("nothing")]])
    reel:run("a.lua")
    local commands = { { "tasks" }, { "show", "1" }, { "credits" }, { "models" }, { "doctor" },
      { "b.lua" }, { "plan", "b.lua" },
      { "--log-level", "error", "--quiet", "tasks" } }
    for _, words in ipairs(commands) do
      local result = reel:run(table.unpack(words))
      local _, count = result.stderr:gsub("reel: error: attempt 1 was sent, but its outcome ", "")
      assert.equal(1, count, words[1] .. ": " .. result.stderr)
    end
    reel:run("resolve", "1", "--absent", "--why", "not there")
    assert.equal("", reel:run("tasks").stderr)
  end)
end)

describe("reel show", function()
  it("finds an attempt by its number, its task id or the beginning of its task id", function()
    local reel = start()
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }:wait()]])
    reel:run("a.lua")
    local id = reel.vendor:ledger()[1].task_id
    for _, name in ipairs { "1", id, id:sub(1, 12) } do
      assert.equal(id, reel:json("show", name)[1].task_id)
    end
    local result = reel:run("show", "abcdefgh")
    assert.same({ 2, "" }, { result.code, result.stdout })
    assert.matches('^reel: the journal has no attempt or task "abcdefgh"', result.stderr)
  end)

  it("shows the request, the answer, the decisions and what to do", function()
    local reel = start { create = { { status = 502, body = "<html>bad gateway</html>" } } }
    reel:script("a.lua", [[pcall(reel.text_to_video, { prompt = "a dune", n_frames = "15" })]])
    reel:run("a.lua")
    local shown = reel:run("show", "1").stdout
    for _, part in ipairs { "\nstate +ambiguous: HTTP 502", "\nmodel +sora%-2%-text%-to%-video\n",
      "\ncredits +~35\n", "\nanswer +HTTP 502, <html>bad gateway", "\ninput +n_frames = 15\n",
      "\n +prompt = a dune\n", "\nto do +the attempt was sent, but" } do
      assert.matches(part, shown)
    end
    reel:run("resolve", "1", "--absent", "--why", "looked on Monday")
    assert.matches("\ndecisions +%d+%-%d+%-%d+ [%d:]+ absent: looked on Monday\n",
      reel:run("show", "1").stdout)
    assert.equal("looked on Monday", reel:json("show", "1")[1].decisions[1].why)
  end)
end)

describe("reel wait and reel save", function()
  it("attach to a task that a script left running, and pay nothing", function()
    local reel = start { polls = 3 }
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }]])
    reel:run("a.lua")
    local id = reel.vendor:ledger()[1].task_id
    assert.matches("/files/" .. id .. ".mp4\n$", reel:run("wait", "1").stdout)
    local saved = reel:run("save", id, "-o", "clip")
    assert.same({ 0, "clip.mp4\n" }, { saved.code, saved.stdout })
    assert.is_true(reel:has "clip.mp4")
    assert.equal("success", reel:json("wait", id)[1].state)
    assert.equal(1, #reel.vendor:ledger())
  end)

  it("give up after a timeout and name the task", function()
    local reel = start { polls = 1000 }
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }]])
    reel:run("a.lua")
    local result = reel:run("wait", "1", "--timeout", "0.2")
    assert.equal(1, result.code)
    assert.matches("reel: timeout: task " .. reel.vendor:ledger()[1].task_id, result.stderr)
  end)

  it("say that an attempt without a task must be settled first", function()
    local reel = start { create = { "reset" } }
    reel:script("a.lua", [[pcall(reel.text_to_video, { prompt = "a dune" })]])
    reel:run("a.lua")
    local result = reel:run("wait", "1")
    assert.equal(2, result.code)
    assert.matches("attempt 1 is ambiguous and has no task\n  the attempt was sent, but ",
      result.stderr)
  end)

  it("do not ask one vendor for the task of another", function()
    local reel = start()
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }]])
    reel:run("a.lua")
    local asked = reel.vendor:count "record"
    local result = reel:run("wait", "1", "--base-url", "http://127.0.0.1:1")
    assert.equal(2, result.code)
    assert.matches("add %-%-base%-url " .. reel.vendor.url:gsub("%p", "%%%0"), result.stderr)
    assert.equal(asked, reel.vendor:count "record")
  end)
end)

describe("reel credits", function()
  it("shows the balance and what was spent by run and project", function()
    local reel = start { outcome = { creditsConsumed = 27.5 } }
    reel:script("a.lua", [[
      reel.text_to_video { prompt = "a dune" }:wait()
      reel.project "lakes"
      reel.text_to_video { prompt = "a lake" }]])
    reel:run("a.lua")
    local found = reel:json("credits")
    assert.same({ credits = 5916.25 }, found[1])
    local by_project = {}
    for i = 2, 3 do by_project[found[i].project] = found[i] end
    assert.same({ 1, 30, 27.5, 0 }, { by_project[""].creates, by_project[""].estimate,
      by_project[""].charged, by_project[""].untold })
    assert.same({ 1, 30, 0, 1 }, { by_project.lakes.creates, by_project.lakes.estimate,
      by_project.lakes.charged, by_project.lakes.untold })
    local text = reel:run("credits").stdout
    assert.matches("^5916.25 credits\n\nrun +script +project", text)
    assert.matches("\ntotal +lakes +127[%d.:]+ +1 +30 +1 untold\n", text)
  end)

  it("shows the ledger without a key", function()
    local reel = start()
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }]])
    reel:run("a.lua")
    reel.settings.KIE_API_KEY = ""
    assert.equal(1, #reel:json("credits", "--ledger"))
    local found, result = reel:json("credits")
    assert.same({ 1, 2 }, { #found, result.code })
  end)
end)
