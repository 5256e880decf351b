-- Callbacks that come while the program and `reel receive` run, are killed, are restarted or run
-- side by side. Tasks are queried only once a minute, so it is the callback that wakes a script.
local webhook = require "support.webhook"
local http = require "reel.core" and require "reel.core.http"
local job = require "reel.core.job"
local journals = require "support.journals"
local project = require "support.project"
local server = require "reel.core.server"
local vendor = require "support.vendor"
local wait_until = require "support.wait_until"

local CRASH_BUILD <const> = project.crash_build()

local function free_port()
  local listener = assert(server.listen {})
  local port = listener.port
  listener:close()
  return port
end

-- A project with a callback address, and an object that delivers the vendor's callbacks there.
local function start(options, build, more)
  local service = vendor.start(options)
  journals.defer(function() service:stop() end)
  local address = ("127.0.0.1:%d"):format(free_port())
  local env = {
    REEL_CALLBACK_URL = webhook.BASE, REEL_CALLBACK_LISTEN = address,
      KIE_WEBHOOK_KEY = webhook.KEY,
    REEL_POLL_FIRST = "60", REEL_POLL_MAX = "60",
  }
  for name, value in pairs(more or {}) do env[name] = value end
  local url = "http://" .. address
  return project.new(service, { build = build, env = env }), webhook.at(service, url), service
end

local function wait_for_listener(callbacks)
  wait_until(function() return http.request { url = callbacks:url(), timeout = 1 } ~= nil end)
end

local function wait_for_state(folder, state)
  wait_until(function() return folder:states()[state] end)
end

local function count_inbox(folder, condition)
  return folder:with_journal(function(journal)
    return journals.rows(journal, "SELECT count(*) AS n FROM inbox WHERE " .. condition)[1].n
  end)
end

-- Checks that there was one create and one task, and that the journal agrees with the vendor.
local function assert_paid_once(folder, service)
  assert.same({ 1, 1 }, { service:count "create", #service:ledger() })
  assert.same({}, folder:faults())
end

describe("a callback to the program", function()
  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  it("wakes the script", function()
    local folder, callbacks, service = start { polls = 0 }
    local run = folder:start(nil, "shots.lua", "a dune")
    service:wait_for("create", 1)
    wait_for_state(folder, "created")
    local began = job.now()
    assert.equal(200, (callbacks:deliver(1)))
    assert.equal(0, run:wait().code)
    assert.is_true(job.now() - began < 5)
    assert_paid_once(folder, service)
  end)

  it("settles a create whose answer was lost, and the script goes on", function()
    local folder, callbacks, service = start { polls = 0, create = { "reset" } }
    local run = folder:start(nil, "shots.lua", "a dune")
    wait_for_state(folder, "ambiguous")
    assert.equal(200, (callbacks:deliver(1)))
    local result = run:wait()
    assert.equal(0, result.code, result.stderr)
    assert.matches("attempt 1 is settled by its callback", result.stderr)
    assert_paid_once(folder, service)
  end)

  it("settles it after the program was killed and started again", function()
    local folder, callbacks, service = start { polls = 0, create = { "reset" } }
    local killed = folder:start(nil, "shots.lua", "a dune")
    wait_for_state(folder, "ambiguous")
    killed:kill()
    local run = folder:start(nil, "shots.lua", "a dune")
    wait_for_listener(callbacks)
    assert.equal(200, (callbacks:deliver(1)))
    assert.equal(0, run:wait().code)
    assert_paid_once(folder, service)
  end)

  it("settles it after the program was killed while the create was on its way", function()
    local folder, callbacks, service = start { polls = 0, create = { "hang" } }
    local killed = folder:start(nil, "shots.lua", "a dune")
    service:wait_for("create", 1)
    killed:kill()
    assert.same({ latched = 1 }, folder:states())
    local run = folder:start(nil, "shots.lua", "a dune")
    wait_for_listener(callbacks)
    assert.equal(200, (callbacks:deliver(1)))
    assert.equal(0, run:wait().code)
    assert_paid_once(folder, service)
  end)

  it("that never came leaves the attempt to a person, with exit 3", function()
    local folder, _, service = start({ create = { "reset" } }, nil, { REEL_WAIT_TIMEOUT = "1" })
    local result = folder:start(nil, "shots.lua", "a dune"):wait()
    assert.equal(3, result.code)
    assert.matches("reel adopt 1 TASK_ID", result.stderr)
    assert_paid_once(folder, service)
  end)

  it("reaches one of two runs that listen at one address, and both go on", function()
    local folder, callbacks = start { polls = 0 }
    local first = folder:start(nil, "shots.lua", "a dune")
    wait_for_listener(callbacks)
    local second = folder:start(nil, "shots.lua", "a lake")
    wait_until(function() return folder:states().created == 2 end)
    local began = job.now()
    for place = 1, 2 do assert.equal(200, (callbacks:deliver(place))) end
    assert.same({ 0, 0 }, { first:wait().code, second:wait().code })
    assert.is_true(job.now() - began < 5)
    assert.same({}, folder:faults())
  end)

  for _, entry in ipairs { { "Tc-before", false }, { "Tc", true } } do
    local point, is_stored = table.unpack(entry)
    it("is not lost when the program is killed at " .. point, function()
      if not CRASH_BUILD then
        pending "needs build-crash"
        return
      end
      local folder, callbacks, service = start({ polls = 0, create = { "reset" } }, CRASH_BUILD)
      local crashed = folder:start({ REEL_CRASH_AT = point }, "shots.lua", "a dune")
      wait_for_state(folder, "ambiguous")
      assert.not_equal(200, (callbacks:deliver(1))) -- so the vendor would send it again
      assert.equal(9, crashed:wait().signal)
      assert.equal(is_stored and 1 or 0, count_inbox(folder, "applied_ms IS NULL"))
      local run = folder:start(nil, "shots.lua", "a dune")
      if not is_stored then
        wait_for_listener(callbacks)
        assert.equal(200, (callbacks:deliver(1)))
      end
      assert.equal(0, run:wait().code)
      assert.equal(0, count_inbox(folder, "applied_ms IS NULL"))
      assert_paid_once(folder, service)
    end)
  end
end)

describe("reel receive", function()
  after_each(function()
    journals.clean_up()
    assert.same({}, job.failures())
  end)

  local function receive(folder, callbacks)
    local run = folder:start(nil, "receive")
    wait_for_listener(callbacks)
    return run
  end

  local function interrupt(run)
    run:signal "INT"
    return run:wait()
  end

  it("says where it listens, and ends with 0 when it is interrupted", function()
    local folder, callbacks = start {}
    local result = interrupt(receive(folder, callbacks))
    assert.same({ 0, "listening on " .. callbacks:url() .. "\n" }, { result.code, result.stdout })
  end)

  it("listens where --listen says", function()
    local folder, callbacks = start {}
    local other = webhook.at(nil, ("http://127.0.0.1:%d"):format(free_port()))
    local run = folder:start(nil, "receive", "--listen", other:url():match("//(.*)"))
    wait_for_listener(other)
    assert.is_nil((http.request { url = callbacks:url(), timeout = 1 }))
    assert.equal(0, interrupt(run).code)
  end)

  it("needs a journal", function()
    local folder = start {}
    local result = folder:start(nil, "receive", "--journal", "none"):wait()
    assert.equal(2, result.code)
    assert.matches("journal", result.stderr)
  end)

  it("stores callbacks for the next run, and sends no query", function()
    local folder, callbacks, service = start({ polls = 0, create = { "reset" } })
    local killed = folder:start(nil, "shots.lua", "a dune")
    wait_for_state(folder, "ambiguous")
    killed:kill()
    local run = receive(folder, callbacks)
    assert.equal(200, (callbacks:deliver(1)))
    assert.equal(403, (callbacks:deliver(1, { key = "guessed" })))
    assert.equal(0, interrupt(run).code)
    assert.same({ 1, 0 }, { count_inbox(folder, "applied_ms IS NULL"), service:count "record" })
    local result = folder:start({ REEL_CALLBACK_URL = "" }, "shots.lua", "a dune"):wait()
    assert.equal(0, result.code, result.stderr)
    assert_paid_once(folder, service)
  end)

  it("stores for a run that finds its address taken, which goes on at once", function()
    local folder, callbacks, service = start { polls = 0 }
    local receiver = receive(folder, callbacks)
    local run = folder:start(nil, "shots.lua", "a dune")
    wait_for_state(folder, "created")
    local began = job.now()
    assert.equal(200, (callbacks:deliver(1)))
    assert.equal(0, run:wait().code)
    assert.is_true(job.now() - began < 5)
    assert.equal(0, interrupt(receiver).code)
    assert_paid_once(folder, service)
  end)

  it("waits for an address that a run has, and takes over when that ends", function()
    local folder, callbacks = start { polls = 0 }
    local run = folder:start(nil, "shots.lua", "a dune")
    wait_for_state(folder, "created")
    local receiver = folder:start(nil, "receive")
    job.sleep(0.2) -- so that it tries the address while the run listens there
    assert.equal(200, (callbacks:deliver(1)))
    assert.equal(0, run:wait().code)
    wait_for_listener(callbacks)
    assert.equal(405, http.request({ url = callbacks:url() }).status)
    assert.equal(0, interrupt(receiver).code)
  end)
end)
