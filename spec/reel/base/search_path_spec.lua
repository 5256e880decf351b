require "reel.core"
local lfs = require "lfs"
local log = require "reel.base.log"
local search_path = require "reel.base.search_path"

describe("reel.base.search_path", function()
  local path, warnings, sink

  before_each(function()
    path, warnings = package.path, {}
    package.path = "/first/?.lua"
    sink = log.set_sink(function(level, text)
      if level == "warn" then warnings[#warnings + 1] = text end
    end)
  end)

  after_each(function()
    package.path = path
    log.set_sink(sink)
  end)

  local function entries(folder)
    return ("/first/?.lua;%s/?.lua;%s/?/init.lua"):format(folder, folder)
  end

  for _, each in ipairs {
    { "/a/b", "/a/b" }, { "/a/b//", "/a/b" }, { "/", "" }, { ".", lfs.currentdir() },
    { "./", lfs.currentdir() }, { "a", lfs.currentdir() .. "/a" },
    { ".//a/", lfs.currentdir() .. "/a" }, { "..", lfs.currentdir() .. "/.." },
    { ".a", lfs.currentdir() .. "/.a" },
  } do
    it(("adds %s as an absolute path, last"):format(each[1]), function()
      search_path.add(each[1])
      assert.equal(entries(each[2]), package.path)
    end)
  end

  it("adds a folder once", function()
    for _ = 1, 2 do search_path.add("/a") end
    assert.equal(entries "/a", package.path)
  end)

  it("adds the folder of a script", function()
    search_path.add_script("/script.lua")
    assert.equal(entries "", package.path)
    package.path = "/first/?.lua"
    search_path.add_script("script.lua")
    assert.equal(entries(lfs.currentdir()), package.path)
  end)

  it("begins an empty path with the folder", function()
    package.path = ""
    search_path.add("/a")
    assert.equal("/a/?.lua;/a/?/init.lua", package.path)
  end)

  for _, folder in ipairs { "/a;b", "/a?" } do
    it("warns of " .. folder .. ", which package.path cannot name", function()
      assert.is_nil(search_path.add(folder))
      assert.equal("/first/?.lua", package.path)
      assert.equal(1, #warnings)
      assert.matches("require finds no modules in " .. folder, warnings[1], 1, true)
    end)
  end
end)
