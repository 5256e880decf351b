-- kill -9 at every step of an attempt, and what has been paid after the program was run again.
--
-- The processes kill themselves, which needs a special build: scripts/test.sh makes it in
-- build-crash/.
local job = require "reel.core" and require "reel.core.job"
local journals = require "support.journals"
local project = require "support.project"
local vendor = require "support.vendor"

local BUILD <const> = project.crash_build()

local function start(options)
  local service = vendor.start(options)
  journals.defer(function() service:stop() end)
  return project.new(service, { build = BUILD }), service
end

-- point -> the state that the crash leaves, the POSTs until then, what a person has to decide
local points <const> = {
  { "T0-before", { nil, 0, {} } },
  { "T0", { "intent", 0, {} } },
  { "T2-before", { "intent", 0, {} } },
  { "T2-within", { "intent", 0, {} } },
  { "T2", { "latched", 0, { "resolve" } } },
  { "T3-before", { "latched", 1, { "adopt" } } },
  { "T3-within", { "latched", 1, { "adopt" } } },
  { "T3", { "latched", 1, {} } },
  { "T4-before", { "latched", 1, {} } },
  { "T4", { "created", 1, {} } },
  { "T6-before", { "created", 1, {} } },
  { "T6", { "succeeded", 1, {} } },
  { "T7-before", { "succeeded", 1, {} } },
  { "T7", { "succeeded", 1, {} } },
}

describe("the program killed", function()
  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  if not BUILD then
    pending "needs build-crash"
    return
  end

  for _, entry in ipairs(points) do
    local point, expected = table.unpack(entry)
    it("at " .. point .. " pays once", function()
      local folder, service = start()
      local crashed = folder:start({ REEL_CRASH_AT = point }, "shots.lua", "a dune"):wait()
      assert.equal(9, crashed.signal)
      assert.same({ (next(folder:states())), service:count "create" },
        { expected[1], expected[2] })
      assert.same(expected[3], folder:drain("a dune"))
      assert.same({ 1, 1 }, { service:count "create", #service:ledger() })
      assert.same({}, folder:faults())
    end)

    it("at the second pass of " .. point .. " pays once for each of four shots", function()
      local folder, service = start()
      local shots <const> = { "a dune", "a lake", "a fjord", "a reef" }
      local crashed = folder:start({ REEL_CRASH_AT = point .. ":2" }, "shots.lua",
        table.unpack(shots)):wait()
      assert.equal(9, crashed.signal)
      folder:drain(table.unpack(shots))
      assert.same({ 4, 4 }, { service:count "create", #service:ledger() })
      assert.same({}, folder:faults())
    end)
  end

  it("while the vendor works on the answer pays once", function()
    local folder, service = start { create = { "hang" } }
    local run = folder:start(nil, "shots.lua", "a dune")
    service:wait_for("create", 1)
    run:kill()
    assert.same({ latched = 1 }, folder:states())
    assert.same({ "adopt" }, folder:drain("a dune"))
    assert.same({ 1, 1 }, { service:count "create", #service:ledger() })
    assert.same({}, folder:faults())
  end)

  -- what a person decides -> how many creates are sent in all
  local decisions <const> = { { "adopt", 1 }, { "resolve", 2 } }
  for _, entry in ipairs(decisions) do
    local command, creates = table.unpack(entry)
    for _, moment in ipairs { { "Td-before", false }, { "Td", true } } do
      local point, is_done = table.unpack(moment)
      it(("at %s of %s has decided %s"):format(point, command, is_done and "all" or "nothing"),
        function()
          local item = command == "adopt" and "reset" or { status = 502, body = "" }
          local folder, service = start { create = { item } }
          folder:shoot("a dune")
          local words = command == "adopt" and { "adopt", "1", service:ledger()[1].task_id }
            or { "resolve", "1", "--absent", "--why", "no such task" }
          local crashed = folder:start({ REEL_CRASH_AT = point }, table.unpack(words)):wait()
          assert.equal(9, crashed.signal)
          assert.equal(is_done, folder:states().ambiguous == nil)
          assert.same(is_done and {} or { command }, folder:drain("a dune"))
          assert.same({ creates, 1 }, { service:count "create", #service:ledger() })
          assert.same({}, folder:faults())
        end)
    end
  end
end)
