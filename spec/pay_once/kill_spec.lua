-- kill -9 at any moment, again and again, with a vendor that breaks answers: at the end its ledger
-- and the journal agree. REEL_KILLS is the number of processes that are killed (see
-- scripts/prove.sh kills). REEL_SEED repeats the shots and faults of a run, but not its timing.
local job = require "reel.core" and require "reel.core.job"
local journals = require "support.journals"
local project = require "support.project"
local vendor = require "support.vendor"

local KILLS <const> = math.tointeger(os.getenv "REEL_KILLS") or 20
local SEED <const> = math.tointeger(os.getenv "REEL_SEED") or os.time()
local SHOTS <const> = 6    -- in each round, all new
local BATCH <const> = 10   -- rounds with one journal
local LONGEST <const> = 0.6 -- seconds until a kill; a run that is not killed takes about 0.35

-- Accepts the task and answers late.
local function slow(connection, request, service)
  local id = service:accept(request)
  connection:sleep(0.05 + math.random() * 0.2)
  connection:answer(200, ('{"code":200,"msg":"success","data":{"taskId":"%s"}}'):format(id))
end

-- Accepts the task and resets the connection late.
local function slow_reset(connection, request, service)
  service:accept(request)
  connection:sleep(0.05 + math.random() * 0.2)
  connection:reset()
end

-- Half of the draws are no fault but "ok", see draw_faults.
local create_faults <const> = { "reset", "close", "cut_headers", "cut_body", "html_502",
  "code_402", slow, slow, slow, slow_reset }
local record_faults <const> = { "reset", "cut_status", "html_502", "truncated_json" }

local function draw_faults(faults, count)
  local items = {}
  for i = 1, count do items[i] = faults[math.random(2 * #faults)] or "ok" end
  return items
end

local function draw_shots(round)
  local shots = {}
  for i = 1, SHOTS do shots[i] = ("shot %d of round %d"):format(i, round) end
  return shots
end

local function set_faults(service, is_on)
  service:script("create", is_on and draw_faults(create_faults, 3 * SHOTS) or {})
  service:script("record", is_on and draw_faults(record_faults, 6 * SHOTS) or {})
end

-- Runs the script in several processes at once and kills them one after the other.
local function disturb(folder, shots, processes)
  local runs, kills = {}, {}
  for i = 1, processes do
    runs[i] = folder:start(nil, "--quiet", "shots.lua", table.unpack(shots))
    kills[i] = math.random() * LONGEST
  end
  table.sort(kills)
  local began = job.now()
  for i, run in ipairs(runs) do
    job.sleep(math.max(began + kills[i] - job.now(), 0))
    run:kill()
  end
end

local function start()
  local service = vendor.start { life = 600 }
  journals.defer(function() service:stop() end)
  return project.new(service), service
end

local function play(folder, service, round, processes)
  local shots = draw_shots(round)
  set_faults(service, true)
  disturb(folder, shots, processes)
  set_faults(service, false)
  if math.random(2) == 1 then folder:settle() end
  folder:drain(table.unpack(shots))
  assert.same({}, folder:faults(), ("round %d of seed %d"):format(round, SEED))
end

local function play_all(processes)
  local rounds = KILLS // processes
  for first = 1, rounds, BATCH do
    local folder, service = start()
    for round = first, math.min(first + BATCH - 1, rounds) do
      play(folder, service, round, processes)
    end
    journals.clean_up()
  end
end

describe("killed at any moment", function()
  before_each(function() math.randomseed(SEED) end)

  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  it("one process loses nothing and pays nothing twice", function() play_all(1) end)

  it("two processes on one journal lose nothing and pay nothing twice", function() play_all(2) end)
end)
