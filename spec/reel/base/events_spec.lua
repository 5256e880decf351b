local events = require "reel.core" and require "reel.base.events"
local log = require "reel.base.log"

describe("reel.base.events", function()
  it("tells every listener, until it unsubscribes", function()
    local heard = {}
    local function listener(name)
      return events.subscribe(function(event) heard[#heard + 1] = name .. event.type end)
    end
    local stop_a, stop_b = listener "a ", listener "b "
    events.emit { type = "one" }
    stop_a()
    events.emit { type = "two" }
    stop_b()
    events.emit { type = "three" }
    assert.same({ "a one", "b one", "b two" }, heard)
  end)

  it("tells details only to those who ask for them", function()
    local heard = {}
    local stop = events.subscribe(function(event) heard[#heard + 1] = event.type end)
    local stop_all = events.subscribe(function(event) heard[#heard + 1] = "all " .. event.type end,
      true)
    finally(function()
      stop()
      stop_all()
    end)
    events.emit { type = "sending" }
    events.emit { type = "accepted" }
    assert.same({ "all sending", "accepted", "all accepted" }, heard)
  end)

  it("lets a listener unsubscribe while it hears", function()
    local heard, stop = {}, nil
    stop = events.subscribe(function()
      heard[#heard + 1] = "first"
      stop()
    end)
    local stop_other = events.subscribe(function() heard[#heard + 1] = "second" end)
    finally(stop_other)
    events.emit { type = "one" }
    events.emit { type = "two" }
    assert.same({ "first", "second", "second" }, heard)
  end)

  it("keeps a listener's error from who made the event and from the other listeners", function()
    local lines, heard = {}, 0
    local before = log.set_sink(function(level, text) lines[#lines + 1] = level .. " " .. text end)
    local stop_bad = events.subscribe(function() error("my mistake", 0) end)
    local stop_good = events.subscribe(function() heard = heard + 1 end)
    finally(function()
      stop_bad()
      stop_good()
      log.set_sink(before)
    end)
    events.emit { type = "accepted" }
    assert.equal(1, heard)
    assert.equal(1, #lines)
    assert.matches("^error .*my mistake", lines[1])
  end)
end)
