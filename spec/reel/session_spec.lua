local failure = require "support.failure"
local fresh_reel = require "support.fresh_reel"
local job = require "reel.core" and require "reel.core.job"
local vendor = require "support.vendor"

local it = require "support.bounded"(it)

describe("reel.configure", function()
  local reel, settings

  before_each(function()
    reel = fresh_reel { base_url = "http://127.0.0.1:9", journal = "none" }
    settings = require("reel.config").settings
  end)

  it("adds to what was configured before", function()
    reel.configure { poll_first = 1, poll_max = 2 }
    reel.configure { poll_max = 3 }
    assert.same({ 1, 3, "http://127.0.0.1:9" },
      { settings().poll_first, settings().poll_max, settings().base_url })
  end)

  it("leaves everything as it was when one setting is wrong", function()
    local err = failure(reel.configure, { poll_first = 1, poll_max = "soon" })
    assert.equal("config", err.kind)
    assert.matches("poll_max", err.message)
    assert.equal(5, settings().poll_first)
    reel.configure { poll_first = 2 }
    assert.equal(2, settings().poll_first)
  end)

  it("names an unknown setting and the nearest one", function()
    local err = failure(reel.configure, { pol_first = 1 })
    assert.equal("config", err.kind)
    assert.matches('"pol_first".*poll_first', err.message)
  end)

  it("keeps the table that it was given apart", function()
    local options = { poll_first = 1 }
    reel.configure(options)
    options.poll_first = 9
    reel.configure { quiet = true }
    assert.equal(1, settings().poll_first)
  end)

  it("keeps keys out of the log", function()
    local lines = {}
    require("reel.base.log").set_sink(function(_, text) lines[#lines + 1] = text end)
    reel.configure { api_key = "sk-very-secret-1", webhook_key = "hook-secret-1" }
    settings()
    reel.log("warn", "sent sk-very-secret-1 and hook-secret-1")
    assert.same({ "sent [hidden] and [hidden]" }, lines)
  end)

  it("keeps the password of a proxy out of the log, also decoded", function()
    local lines = {}
    require("reel.base.log").set_sink(function(_, text) lines[#lines + 1] = text end)
    reel.configure { proxy = "http://me:s3cret%20word@127.0.0.1:1" }
    settings()
    reel.log("warn", "by http://me:s3cret%20word@127.0.0.1:1, or s3cret word")
    reel.configure { proxy = "none" }
    assert.same({ "by http://me:[hidden]@127.0.0.1:1, or [hidden]" }, lines)
  end)
end)

describe("a session", function()
  it("counts creates on, whatever is configured meanwhile", function()
    local service = vendor.start()
    finally(function() service:stop() end)
    local reel = fresh_reel(service:settings { create_rate = "1/0.3" }, service.folder)
    local began = job.now()
    for i = 1, 2 do
      reel.text_to_video { prompt = "clip " .. i }
      reel.configure { quiet = true }
    end
    assert.is_true(job.now() - began >= 0.3)
  end)

  it("pays nothing anew when clips are there and the journal is gone or empty", function()
    local service = vendor.start()
    finally(function() service:stop() end)
    local settings = service:settings { journal = service.folder .. "/.reel/journal.db" }
    fresh_reel(settings, service.folder).text_to_video({ prompt = "a dune" }):wait()
    assert(require("reel.tasks.results").finish(5))
    require("reel.session").journal():close()
    for _, damage in ipairs { os.remove, function(path) assert(io.open(path, "w")):close() end } do
      damage(settings.journal)
      local reel = fresh_reel(settings, service.folder)
      local err = failure(reel.text_to_video, { prompt = "a dune" })
      assert.equal("journal", err.kind)
      assert.matches("holds clips", err.message)
    end
    assert.equal(1, #service:ledger())
  end)

  it("says so when the journal is off", function()
    local service = vendor.start()
    finally(function() service:stop() end)
    local reel, lines = fresh_reel(service:settings(), service.folder), {}
    require("reel.base.log").set_sink(function(level, text)
      lines[#lines + 1] = level .. " " .. text
    end)
    reel.text_to_video { prompt = "a dune" }
    reel.text_to_video { prompt = "a lake" }
    assert.equal(1, #lines)
    assert.matches("^warn .*journal", lines[1])
  end)

  it("keeps counting the creates under way when create_parallel is changed", function()
    local config = require "reel.config"
    local session = require "reel.session"
    config.configure { create_parallel = 2 }
    local slots = session.slots()
    slots:enter()
    config.configure { create_parallel = 1 }
    local waiter = job.spawn(function() session.slots():run(function() end) end)
    assert.is_false(waiter:join(0.05))
    slots:leave()
    assert.is_true(waiter:join(1))
  end)
end)
