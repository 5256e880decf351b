-- Ctrl-C, SIGTERM and errors of a script while creates are in flight: their answers are waited for,
-- and nothing more is sent.
local job = require "reel.core" and require "reel.core.job"
local journals = require "support.journals"
local lfs = require "lfs"
local project = require "support.project"
local vendor = require "support.vendor"
local wait_until = require "support.wait_until"

local INTERRUPTED <const> = 130

-- Takes the task, and answers once it is told to.
local function when_told(connection, request, service)
  local id = service:accept(request)
  while not service.may_answer do connection:sleep(0.01) end
  connection:answer(200, ('{"code":200,"data":{"taskId":"%s"}}'):format(id))
end

local function start(source)
  local service = vendor.start { create = { always = when_told }, life = 60 }
  journals.defer(function() service:stop() end)
  local folder = project.new(service)
  if source then folder:add_script("shots.lua", source) end
  return folder, service
end

local function tell(service)
  service:control(function(service_) service_.may_answer = true end)
end

local shots <const> = { "a dune", "a lake", "a fjord", "a reef", "a moor", "a cave" }

-- Starts a run of six shots, and waits until four of their creates are in flight.
local function start_creates(...)
  local folder, service = start(...)
  local run = folder:start(nil, "--quiet", "shots.lua", table.unpack(shots))
  service:wait_for("create", 4)
  return folder, service, run
end

local function states_in(folder, state)
  return folder:states()[state]
end

describe("creates in flight", function()
  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  for _, signal in ipairs { "INT", "TERM" } do
    it("are waited for after SIG" .. signal .. ", and no more are sent", function()
      local folder, service, run = start_creates()
      run:signal(signal)
      -- Attempts that wait to be sent are withdrawn as soon as the program gets the signal.
      wait_until(function() return not states_in(folder, "intent") end)
      tell(service)
      local result = run:wait()
      assert.equal(INTERRUPTED, result.code)
      assert.matches("finishing 4 creates", result.stderr)
      assert.same({ 4, 4 }, { service:count "create", states_in(folder, "created") })
      assert.same({}, folder:faults())
      assert.same({}, folder:drain(table.unpack(shots)))
      assert.same({ 6, 6 }, { service:count "create", #service:ledger() })
      assert.same({}, folder:faults())
    end)
  end

  it("are ambiguous after a second signal, and settled by a person", function()
    local folder, service, run = start_creates()
    run:signal "INT"
    run:signal "INT"
    assert.equal(INTERRUPTED, run:wait().code)
    tell(service)
    assert.same({ "adopt", "adopt", "adopt", "adopt" }, folder:drain(table.unpack(shots)))
    assert.same({ 6, 6 }, { service:count "create", #service:ledger() })
    assert.same({}, folder:faults())
  end)

  -- what the script does while its four creates are in flight -> the program's exit code
  local ends <const> = {
    { "an error of the script", { "error 'oops'", 1 } },
    { "os.exit", { "os.exit(7)", 7 } },
    { "the script's end", { "", 0 } },
    { "a cancel", { "for _, each in ipairs(jobs) do each:cancel() end", 0 } },
  }
  for _, entry in ipairs(ends) do
    local name, case = table.unpack(entry)
    it("are waited for after " .. name, function()
      local folder, service, run = start_creates([[
        local reel = require "reel"
        local jobs = {}
        for i, prompt in ipairs { ... } do
          if i <= 4 then
            jobs[i] = reel.spawn(reel.text_to_video, { prompt = prompt }):detach()
          end
        end
        while not os.rename("go_on", "going_on") do reel.sleep(0.02) end
        ]] .. case[1])
      wait_until(function() return states_in(folder, "latched") == 4 end)
      folder:add_script("go_on", "")
      wait_until(function() return lfs.attributes(folder.folder .. "/going_on") end)
      tell(service)
      local result = run:wait()
      assert.equal(case[2], result.code, result.stderr)
      assert.same({ 4, 4 }, { service:count "create", states_in(folder, "created") })
      assert.same({}, folder:faults())
    end)
  end
end)
