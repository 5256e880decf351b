local clock = require "support.clock"
local in_job = require "support.in_job"
local job = require "reel.core.job"
local loader = require "reel.jobs.require"

local original = require

-- Preloads modules for the length of a test.
local function preload(modules)
  for name, run in pairs(modules) do package.preload[name] = run end
  finally(function()
    for name in pairs(modules) do
      package.preload[name] = nil
      package.loaded[name] = nil
    end
  end)
end

-- Makes files of modules in a folder on package.path for the length of a test.
local function write_modules(texts)
  local folder, path = os.tmpname(), package.path
  os.remove(folder)
  assert(os.execute("mkdir " .. folder))
  for name, text in pairs(texts) do
    local file <close> = assert(io.open(folder .. "/" .. name .. ".lua", "w"))
    file:write(text)
  end
  package.path = folder .. "/?.lua;" .. path
  finally(function()
    package.path = path
    for name in pairs(texts) do package.loaded[name] = nil end
    os.execute("rm -r " .. folder)
  end)
  return folder
end

-- The results of Lua's own require and of ours for a module.
local function both(name)
  local results = {}
  for i, each in ipairs { original, loader.require } do
    package.loaded[name] = nil
    results[i] = table.pack(pcall(function() return (each(name)) end))
  end
  return results
end

describe("reel.jobs.require", function()
  after_each(function() assert.same({}, job.failures()) end)

  describe("behaves as Lua's own for", function()
    it("a module's value, loader data included", function()
      local folder = write_modules { plain = "return { name = ..., path = select(2, ...) }" }
      local path = folder .. "/plain.lua"
      assert.same({ { name = "plain", path = path }, path }, { loader.require "plain" })
      assert.same({ { name = "plain", path = path } }, { loader.require "plain" })
      preload { early = function(...) return { ... } end }
      assert.same({ { "early", ":preload:" }, ":preload:" }, { loader.require "early" })
    end)

    it("modules that return nothing, false, or set package.loaded themselves", function()
      preload {
        nothing = function() end,
        falsy = function() return false end,
        sets = function(name) package.loaded[name] = "set" end,
        sets_false = function(name) package.loaded[name] = false end,
        sets_and_returns = function(name) package.loaded[name] = "set" return "returned" end,
      }
      for _, name in ipairs { "nothing", "falsy", "sets", "sets_false", "sets_and_returns" } do
        local results = both(name)
        assert.same(results[1], results[2])
        assert.same(results[1][2], package.loaded[name])
      end
    end)

    it("modules that are not found, with the caller's position", function()
      local results = both("no.such.module")
      assert.same(results[1], results[2])
      assert.matches("require_spec%.lua:%d+: module 'no.such.module' not found:\n\tno field",
        results[2][2])
    end)

    it("modules that do not compile, and those that raise", function()
      write_modules { broken = "return return", raises = "error({ code = 7 })" }
      for _, name in ipairs { "broken", "raises" } do
        local results = both(name)
        assert.same(results[1], results[2])
      end
    end)

    it("arguments that are not names", function()
      for _, args in ipairs { { n = 0 }, { nil, n = 1 }, { {}, n = 1 }, { true, n = 1 } } do
        local results = {}
        for i, require in ipairs { original, loader.require } do
          results[i] = table.pack(pcall(function()
            return (require(table.unpack(args, 1, args.n)))
          end))
        end
        assert.same(results[1], results[2])
      end
      preload { ["12"] = function() return "twelve" end }
      assert.same("twelve", (loader.require(12)))
    end)

    it("searchers of every kind, asked in order", function()
      local searchers = package.searchers
      finally(function() package.searchers = searchers end)
      package.searchers = {
        function() end,
        function() return false, "ignored" end,
        function(name) return "nothing called " .. name end,
        function() return 42 end,
      }
      local results = both("wanted")
      assert.same(results[1], results[2])
      assert.matches("module 'wanted' not found:\n\tnothing called wanted\n\t42$", results[2][2])
      package.searchers[5] = function() return function(...) return { ... } end, "data" end
      assert.same({ { "wanted", "data" }, "data" }, { loader.require "wanted" })
      package.loaded.wanted = nil
      package.searchers = nil
      results = both("wanted")
      assert.same(results[1], results[2])
    end)
  end)

  it("lets a module wait while it loads, from a file and from package.preload", function()
    write_modules { waiting = [[
      local job = require "reel.core.job"
      job.sleep(0)
      return "waited"
    ]] }
    preload { early = function() job.sleep(0) return (loader.require "waiting") end }
    assert.same("waited", (in_job(loader.require, "early")))
  end)

  it("lets a second job wait for the module that the first loads", function()
    local runs = 0
    preload { slow = function()
      runs = runs + 1
      job.sleep(0)
      return {}
    end }
    local jobs = {}
    for i = 1, 3 do jobs[i] = job.spawn(loader.require, "slow") end
    local outside = loader.require "slow"
    for _, each in ipairs(jobs) do
      assert.is_true(each:join(5))
      assert.equal(outside, (each:result()))
    end
    assert.same(1, runs)
  end)

  it("lets a second job try again when the first one's load fails or is cancelled", function()
    local runs = 0
    preload { fragile = function()
      runs = runs + 1
      job.sleep(1)
      if runs == 1 then error("first", 0) end
      return runs
    end }
    local first, second = job.spawn(loader.require, "fragile"), job.spawn(loader.require, "fragile")
    clock.advance(1)
    clock.advance(1)
    second:join()
    assert.same({ "first", 2 }, { first.error, (second:result()) })

    package.loaded.fragile, runs = nil, 1
    first, second = job.spawn(loader.require, "fragile"), job.spawn(loader.require, "fragile")
    clock.settle()
    first:cancel()
    clock.advance(1)
    second:join()
    assert.same({ "cancelled", 3 }, { first.status, (second:result()) })
  end)

  it("releases a job that is cancelled while it waits for a module", function()
    preload { slow = function() job.sleep(60) return "slow" end }
    local first, second = job.spawn(loader.require, "slow"), job.spawn(loader.require, "slow")
    clock.settle()
    second:cancel()
    assert.is_true(second:join(5))
    assert.same("cancelled", second.status)
    clock.advance(60)
    first:join()
    assert.same("slow", (first:result()))
  end)

  describe("refuses a cycle", function()
    it("of one module and of two modules, with the caller's position", function()
      preload {
        alone = function() loader.require "alone" end,
        ping = function() return loader.require "pong" end,
        pong = function() loader.require "ping" end,
      }
      for first, name in pairs { alone = "alone", ping = "ping" } do
        local _, message = pcall(loader.require, first)
        assert.matches("require_spec%.lua:%d+: loop while loading module '" .. name, message)
      end
    end)

    it("over two jobs", function()
      preload {
        left = function() job.sleep(0) loader.require "right" end,
        right = function() job.sleep(0) loader.require "left" end,
      }
      local a, b = job.spawn(loader.require, "left"), job.spawn(loader.require, "right")
      assert.is_true(a:join(5) and b:join(5))
      -- One of the jobs found the cycle; the other then loaded both modules and found it too.
      assert.matches("loop while loading module", tostring(a.error) .. tostring(b.error))
    end)

    it("but accepts a module that has set package.loaded before", function()
      preload {
        early = function(name)
          package.loaded[name] = "early"
          return loader.require "late"
        end,
        late = function() return "late with " .. loader.require "early" end,
      }
      assert.same("late with early", (loader.require "early"))
    end)
  end)

  it("replaces the global require when it is installed", function()
    finally(function() _G.require = original end)
    loader.install()
    loader.install()
    assert.equal(loader.require, _G.require)
    assert.equal(loader, require "reel.jobs.require")
    assert.equal(string, require "string")
  end)
end)
