-- reel plan: what a run would attach to and pay for, without any request.
local program = require "support.program"
local process = require "reel.core.process"

local function start(options, settings)
  local reel = program.start(options, settings)
  finally(function() reel:finish() end)
  return reel
end

local trailer <const> = [[
  local scene = reel.text_to_video { prompt = "a dune" }:wait()
  local ranger = reel.character { origin_task_id = scene, character_prompt = "calm" }:wait()
  local shots = reel.map({ "rain", "sun" }, function(weather)
    return reel.text_to_video { prompt = ranger.handle .. " in the " .. weather }:wait()
  end)
  reel.remove_watermark { video_url = shots[1] }:wait()
  reel.text_to_video { prompt = "a dune" }
  print(shots[2]:save("shots/two"), reel.credits())
]]

local function fates(found)
  local list = {}
  for i, object in ipairs(found) do list[i] = object.fate end
  return list
end

local function journal_bytes(reel)
  local file = assert(io.open(reel.folder .. "/.reel/journal.db", "rb"))
  local bytes = file:read("a")
  file:close()
  return bytes
end

describe("reel plan", function()
  it("counts every call of a new script as to be paid, and leaves nothing behind", function()
    local reel = start()
    reel:script("a.lua", trailer)
    reel.settings.KIE_API_KEY = ""
    local found, result = reel:json("plan", "a.lua")
    assert.same({ "pay", "pay", "pay", "pay", "pay", "total" }, fates(found))
    assert.same({ 5, 120, 0 }, { found[6].pay, found[6].credits, found[6].unpriced })
    assert.same({ 0, "shots/two.mp4\t0\n" }, { result.code, result.stderr })
    assert.same({ 0, false, false }, { #reel.vendor:requests(), reel:has ".reel",
      reel:has "shots" })
  end)

  it("prints a table of the calls and what a run would pay", function()
    local reel = start()
    reel:script("a.lua", [[
      reel.define_model { name = "other", title = "Other" }
      reel.text_to_video { prompt = "a dune", n_frames = "15" }
      reel.create("other", { prompt = "a lake" })]])
    assert.equal("1  pay  ~35  text to video  a dune\n2  pay    ?  Other          a lake\n\n"
      .. "To pay: 2 calls, about 35 credits and 1 of unknown price.\n",
      reel:run("plan", "a.lua").stdout)
  end)

  it("attaches to tasks that were paid before, and sends no request about them", function()
    local reel = start { polls = 0 }
    reel:script("a.lua", trailer)
    assert.equal(0, reel:run("a.lua").code)
    local requests, bytes = #reel.vendor:requests(), journal_bytes(reel)
    local found = reel:json("plan", "a.lua")
    assert.same({ "done", "done", "done", "done", "done", "total" }, fates(found))
    assert.same({ 0, 0 }, { found[6].pay, found[6].credits })
    assert.matches("To pay: nothing%.\nDone already, paid before: 5 calls%.\n$",
      reel:run("plan", "a.lua").stdout)
    assert.equal(requests, #reel.vendor:requests())
    assert.is_true(bytes == journal_bytes(reel), "the journal was written")
  end)

  it("goes on after a task that is still being made", function()
    local reel = start { polls = 1000 }
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }]])
    reel:run("a.lua")
    reel:script("b.lua", [[
      local dune = reel.text_to_video { prompt = "a dune" }:wait()
      reel.remove_watermark { video_url = dune.urls[1] }:wait():save("x")]])
    assert.same({ "running", "pay", "total" }, fates((reel:json("plan", "b.lua"))))
  end)

  it("raises a recorded failure as a run would, unless it would send the call again", function()
    local reel = start { polls = 0, outcome = { state = "fail", failMsg = "no dunes today" } }
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }:wait()]])
    reel:run("a.lua")
    local found, result = reel:json("plan", "a.lua")
    assert.same({ { "failed", "total" }, 1 }, { fates(found), result.code })
    assert.matches("no dunes today", result.stderr)
    found, result = reel:json("plan", "--retry-failed", "a.lua")
    assert.same({ { "pay", "total" }, 0 }, { fates(found), result.code })
  end)

  it("shows the calls that an unknown outcome blocks", function()
    local reel = start { create = { "reset" } }
    reel:script("a.lua", [[
      reel.text_to_video { prompt = "a dune" }:wait()
      reel.text_to_video { prompt = "a lake" }:wait()]])
    reel:run("a.lua")
    local found, result = reel:json("plan", "a.lua")
    assert.same({ "ambiguous", "pay", "total" }, fates(found))
    assert.same({ 1, 0 }, { found[1].attempt, result.code })
  end)

  it("lists what was paid but is not asked for any more", function()
    local reel = start()
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }:wait()]])
    reel:run("a.lua")
    reel:script("a.lua", [[reel.text_to_video { prompt = "a high dune" }:wait()]])
    local found = reel:json("plan", "a.lua")
    assert.same({ "pay", "unused", "total" }, fates(found))
    assert.equal(reel.vendor:ledger()[1].task_id, found[2].task_id)
    assert.matches("Paid, but not asked for by this script: 1 clip%.\n   1  succeeded  ~30  "
      .. "text to video  a dune\n$", reel:run("plan", "a.lua").stdout)
  end)

  it("keeps projects, origins and explicit keys apart as a run does", function()
    local reel = start()
    reel:script("a.lua", [[reel.text_to_video({ prompt = "a dune" }, { key = "opening" })]])
    reel:run("a.lua")
    assert.same({ "pay", "total" }, fates((reel:json("plan", "--local", "a.lua"))))
    reel:script("b.lua", [[
      reel.project "other"
      reel.text_to_video({ prompt = "a dune" }, { key = "opening" })]])
    assert.same({ "pay", "total" }, fates((reel:json("plan", "b.lua"))))
    reel:script("a.lua", [[reel.text_to_video({ prompt = "a lake" }, { key = "opening" })]])
    local result = reel:run("plan", "a.lua")
    assert.equal(1, result.code)
    assert.matches('key_conflict: the key "opening" already names another input', result.stderr)
  end)

  it("uploads nothing", function()
    local reel = start()
    reel:write("a.png", "\x89PNG\r\n\x1A\n" .. ("x"):rep(100))
    reel:script("a.lua", ([[
      reel.image_to_video { prompt = "it moves", image_urls = { "FOLDER/a.png" } }
      print(reel.upload("FOLDER/a.png"))]]):gsub("FOLDER", reel.folder))
    local found, result = reel:json("plan", "a.lua")
    assert.same({ "pay", "total" }, fates(found))
    assert.matches("^https://plan.invalid/%x+%.png\n$", result.stderr)
    assert.equal(0, #reel.vendor:requests())
  end)

  it("reports the calls of a script also when it exits early or fails", function()
    local reel = start()
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" } os.exit(1)]])
    local found, result = reel:json("plan", "a.lua")
    assert.same({ { "pay", "total" }, 0 }, { fates(found), result.code })
    reel:script("b.lua", [[reel.text_to_video { prompt = "a dune" } error("oops")]])
    found, result = reel:json("plan", "b.lua")
    assert.same({ { "pay", "total" }, 1 }, { fates(found), result.code })
    assert.matches("oops", result.stderr)
  end)

  it("says when a limit would end the run early", function()
    local reel = start()
    reel:script("a.lua", trailer)
    local text = reel:run("plan", "--max-new", "3", "--max-credits", "90", "a.lua").stdout
    assert.matches("%-%-max%-new 3 would stop the run", text)
    assert.matches("%-%-max%-credits 90 would stop the run", text)
  end)

  it("sees what an earlier process left between latch and verdict", function()
    local reel = start { create = { "hang" } }
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }]])
    assert.is_nil((process.run { argv = reel:argv("a.lua"), timeout = 1 })) -- ends by SIGKILL
    local bytes = journal_bytes(reel)
    assert.same({ "ambiguous", "total" }, fates((reel:json("plan", "a.lua"))))
    assert.is_true(bytes == journal_bytes(reel), "the journal was written")
  end)
end)
