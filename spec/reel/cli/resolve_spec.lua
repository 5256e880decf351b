-- What happens to an attempt whose answer was lost: exit codes, adopt and resolve.
local program = require "support.program"

local dune <const> = [[print(reel.text_to_video { prompt = "a dune" }:wait().id)]]

-- A program whose first create reaches the vendor, while the answer is lost.
local function start(options)
  local reel = program.start(options or { create = { "reset" } })
  finally(function() reel:finish() end)
  reel:script("a.lua", dune)
  return reel
end

local function id_of(reel, place)
  return reel.vendor:ledger()[place or 1].task_id
end

describe("a run with an unknown outcome", function()
  it("ends with 3 and says what to do; the next runs do the same and send nothing", function()
    local reel = start()
    for _ = 1, 2 do
      local result = reel:run("a.lua")
      assert.same({ 3, "" }, { result.code, result.stdout })
      assert.matches("reel: a.lua:2: ambiguous: attempt 1 %([^\n]*reel adopt 1 TASK_ID",
        result.stderr)
    end
    assert.equal(1, reel.vendor:count "create")
  end)

  local collected <const> = {
    { "by map", [[reel.map({ 1 }, function()
      return reel.text_to_video { prompt = "a dune" }
    end, { on_error = "collect" })]] },
    { "by try", [[reel.try(reel.text_to_video, { prompt = "a dune" })]] },
    { "before os.exit(1)", [[reel.try(reel.text_to_video, { prompt = "a dune" }) os.exit(1)]] },
  }
  for _, entry in ipairs(collected) do
    local title, source = table.unpack(entry)
    it("ends with 3 and names the attempt also when the error is caught " .. title, function()
      local reel = start()
      reel:script("a.lua", source)
      local result = reel:run("a.lua")
      assert.equal(3, result.code)
      assert.matches("reel: error: attempt 1 was sent, but its outcome is unknown[^\n]*\n$",
        result.stderr)
    end)
  end

  it("ends with the code that its script chose, unless that is a common one", function()
    local reel = start()
    reel:script("a.lua", [[reel.try(reel.text_to_video, { prompt = "a dune" }) os.exit(7)]])
    assert.equal(7, reel:run("a.lua").code)
  end)

  it("ends with 3 also for reel make", function()
    local reel = start()
    assert.equal(3, reel:run("make", "sora-2-text-to-video", "prompt=a dune").code)
  end)
end)

describe("reel adopt", function()
  it("settles the attempt: the next run gets the task and pays nothing", function()
    local reel = start()
    reel:run("a.lua")
    local result = reel:run("adopt", "1", id_of(reel))
    assert.same({ 0, ("attempt 1 has task %s now: the next run waits for it and pays nothing\n")
      :format(id_of(reel)) }, { result.code, result.stdout })
    result = reel:run("a.lua")
    assert.same({ 0, id_of(reel) .. "\n" }, { result.code, result.stdout })
    assert.equal(1, #reel.vendor:ledger())
  end)

  it("prints what it did as JSON on request", function()
    local reel = start()
    reel:run("a.lua")
    assert.same({ { attempt = 1, state = "created", task_id = id_of(reel) } },
      (reel:json("adopt", "1", id_of(reel))))
  end)

  it("says what is wrong with the task, and changes nothing", function()
    local reel = start()
    reel:run("a.lua")
    reel:script("b.lua", [[reel.text_to_video { prompt = "a lake" }]])
    reel:run("b.lua")
    local result = reel:run("adopt", "1", id_of(reel, 2))
    assert.same({ 1, "" }, { result.code, result.stdout })
    assert.matches("reel: invalid: task %x+ belongs to attempt 2 already\n$", result.stderr)
    assert.equal("ambiguous", reel:json("show", "1")[1].state)
  end)

  it("requires the number of an attempt and a task", function()
    local reel = start()
    reel:run("a.lua")
    assert.equal(2, reel:run("adopt", "x", "y").code)
    assert.equal(2, reel:run("adopt", "1").code)
  end)
end)

describe("reel resolve", function()
  for _, flag in ipairs { "--absent", "--resend" } do
    it("lets the next run send again after " .. flag, function()
      local reel = start()
      reel:run("a.lua")
      local result = reel:run("resolve", "1", flag, "--why", "looked into the log")
      assert.equal(0, result.code)
      assert.matches("^attempt 1 is absent: .*the next run that asks for this call sends it again",
        result.stdout:gsub("The next", "the next"))
      assert.equal(1, reel.vendor:count "create")
      result = reel:run("a.lua")
      assert.same({ 0, id_of(reel, 2) .. "\n", "" }, { result.code, result.stdout,
        result.stderr:match("reel:.*") or "" })
      assert.equal(flag, "--" .. reel:json("show", "1")[1].decisions[1].kind)
    end)
  end

  it("requires one decision and a reason", function()
    local reel = start()
    reel:run("a.lua")
    local wrong = {
      { "--absent" }, { "--why", "x" }, { "--absent", "--resend", "--why", "x" },
      { "--absent", "--why", " " },
    }
    for _, words in ipairs(wrong) do
      local result = reel:run("resolve", "1", table.unpack(words))
      assert.same({ 2, "" }, { result.code, result.stdout })
    end
    assert.equal("ambiguous", reel:json("show", "1")[1].state)
  end)

  it("refuses an attempt that has a task", function()
    local reel = start {}
    reel:run("a.lua")
    local result = reel:run("resolve", "1", "--absent", "--why", "x")
    assert.equal(1, result.code)
    assert.matches("attempt 1 is succeeded; only ambiguous and missing", result.stderr)
  end)

  it("says so when there is no journal", function()
    local reel = start()
    local result = reel:run("resolve", "1", "--absent", "--why", "x")
    assert.equal(2, result.code)
    assert.matches("^reel: there is no journal at ", result.stderr)
  end)
end)
