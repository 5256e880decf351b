-- What the program sends and when it stops: budgets, equal calls, interrupts, early ends.
local program = require "support.program"
local process = require "reel.core.process"

local function start(options, settings)
  local reel = program.start(options, settings)
  finally(function() reel:finish() end)
  return reel
end

-- Answers a create after half a second.
local function slow(connection, request, service)
  connection:sleep(0.5)
  local id = service:accept(request)
  connection:answer(200, '{"code":200,"data":{"taskId":"' .. id .. '"}}')
end

local two_calls <const> = [[
  reel.text_to_video { prompt = "a dune" }
  reel.text_to_video { prompt = "a lake" }]]

describe("--max-new", function()
  it("refuses the call that would exceed it, before the call is sent", function()
    local reel = start()
    reel:script("a.lua", two_calls)
    local result = reel:run("--max-new", "1", "a.lua")
    assert.equal(1, result.code)
    assert.matches("reel: a.lua:3: budget: max_new is used up: nothing was sent, nothing is "
      .. "billed\n", result.stderr)
    assert.equal(1, reel.vendor:count "create")
  end)

  it("counts what a run sends, not what it attaches", function()
    local reel = start()
    reel:script("a.lua", two_calls)
    assert.equal(1, reel:run("--max-new", "1", "a.lua").code)
    assert.equal(0, reel:run("--max-new=1", "a.lua").code)
    assert.equal(0, reel:run("--max-new=0", "a.lua").code)
    assert.equal(2, #reel.vendor:ledger())
  end)
end)

describe("--max-credits", function()
  it("refuses the call that would bring the run above it", function()
    local reel = start()
    reel:script("a.lua", two_calls)
    local result = reel:run("--max-credits", "59.5", "a.lua")
    assert.equal(1, result.code)
    assert.matches("reel: a.lua:3: budget: max_credits would be exceeded", result.stderr)
    assert.equal(1, reel.vendor:count "create")
    assert.equal(0, reel:run("--max-credits", "30", "a.lua").code)
  end)

  it("refuses a model without a price", function()
    local reel = start()
    reel:script("a.lua", [[
      reel.define_model { name = "other" }
      reel.create("other", { prompt = "a dune" })]])
    local result = reel:run("--max-credits", "1000", "a.lua")
    assert.equal(1, result.code)
    assert.matches("reel: a.lua:3: budget: the model's price is not known", result.stderr)
    assert.equal(0, reel.vendor:count "create")
  end)
end)

describe("--retry-failed", function()
  it("makes a task again that failed in an earlier run", function()
    local reel = start { outcome = { state = "fail", failMsg = "no" } }
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }:wait()]])
    assert.equal(1, reel:run("a.lua").code)
    assert.equal(1, reel:run("a.lua").code)
    assert.equal(1, #reel.vendor:ledger())
    reel:run("--retry-failed", "a.lua")
    assert.equal(2, #reel.vendor:ledger())
  end)
end)

describe("reel make", function()
  it("gives the same clip for the same words", function()
    local reel = start()
    local words = { "make", "sora-2-text-to-video", "prompt=a dune", "-o", "dune" }
    local first = reel:run(table.unpack(words))
    assert.same({ 0, "dune.mp4\n" }, { first.code, first.stdout })
    local second = reel:run(table.unpack(words))
    assert.same({ 0, "dune.mp4\n" }, { second.code, second.stdout })
    assert.equal(1, #reel.vendor:ledger())
  end)
end)

describe("the end of a run", function()
  it("waits for a create that nobody waits for", function()
    local reel = start { create = { slow } }
    reel:script("a.lua", [[
      reel.try(reel.text_to_video, { prompt = "a dune" }, { timeout = 0.2 })]])
    local result = reel:run("a.lua")
    assert.equal(0, result.code)
    assert.matches("^reel: finishing 1 create\n", result.stderr)
    assert.equal(reel.vendor:ledger()[1].task_id, reel:json("tasks")[1].task_id)
  end)

  it("waits also after a mistake and after os.exit", function()
    for _, ending in ipairs { "error('oops')", "os.exit(7)" } do
      local reel = start { create = { slow } }
      reel:script("a.lua", [[
        reel.try(reel.text_to_video, { prompt = "a dune" }, { timeout = 0.2 })]] .. ending)
      reel:run("a.lua")
      assert.equal(reel.vendor:ledger()[1].task_id, reel:json("tasks")[1].task_id)
    end
  end)
end)

describe("an interrupt while creates are in flight", function()
  -- Runs a.lua, waits until `awaited` creates have arrived, and sends the signals with `pause`
  -- seconds between them.
  local function interrupt(reel, awaited, signals, pause)
    local words = {}
    for i, word in ipairs(reel:argv("a.lua")) do words[i] = "'" .. word .. "'" end
    local out = reel.folder .. "/stderr"
    local pipe = io.popen(("exec 2>'%s'; %s & echo $!; wait $!; echo $?"):format(out,
      table.concat(words, " ")))
    local pid = pipe:read("l")
    reel.vendor:wait_for("create", awaited)
    for i, signal in ipairs(signals) do
      if i > 1 then require("reel.core.job").sleep(pause) end
      process.run { argv = { "kill", "-s", signal, pid }, timeout = 5 }
    end
    local code = tonumber(pipe:read("l"))
    pipe:close()
    local file <close> = assert(io.open(out))
    return code, file:read("a")
  end

  local many <const> = [[
    reel.map({ "1", "2", "3", "4", "5", "6" }, function(prompt)
      return reel.text_to_video { prompt = prompt }
    end)]]

  for _, signal in ipairs { "INT", "TERM" } do
    it("finishes the creates, sends no more and ends with 130 after SIG" .. signal, function()
      local reel = start({ create = { slow, slow, slow, slow } })
      reel:script("a.lua", many)
      local code, stderr = interrupt(reel, 4, { signal })
      assert.equal(130, code)
      assert.matches("reel: interrupted\nreel: finishing %d creates; "
        .. "Ctrl%-C again leaves them ambiguous\n$", stderr)
      assert.equal(4, #reel.vendor:ledger())
      local states = {}
      for i, attempt in ipairs(reel:json("tasks")) do states[i] = attempt.state end
      assert.same({ "created", "created", "created", "created" }, states)
      assert.equal(0, reel:run("a.lua").code)
      assert.equal(6, #reel.vendor:ledger())
    end)
  end

  it("ends at once with 130 after the second signal and leaves the creates ambiguous", function()
    local reel = start({ create = { "hang" } })
    reel:script("a.lua", [[reel.text_to_video { prompt = "a dune" }]])
    local code, stderr = interrupt(reel, 1, { "INT", "INT" }, 0.5)
    assert.equal(130, code)
    assert.matches("finishing 1 create; Ctrl%-C again leaves it ambiguous\n$", stderr)
    assert.equal("ambiguous", reel:json("tasks")[1].state)
    assert.equal(3, reel:run("a.lua").code)
    assert.equal(1, #reel.vendor:ledger())
  end)
end)
