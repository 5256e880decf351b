require "reel.core"
local lfs = require "lfs"
local trust = require "reel.config.trust"

local folder, path

local function env(name)
  return name == "XDG_STATE_HOME" and folder .. "/state" or nil
end

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
  path = folder .. "/reel.conf.lua"
  assert(io.open(path, "w")):close()
end)

after_each(function() os.execute("rm -rf " .. folder) end)

local function marks()
  local found = {}
  for name in lfs.dir(folder .. "/state/reel/trust") do
    if name:find("^%x") then found[#found + 1] = folder .. "/state/reel/trust/" .. name end
  end
  return found
end

describe("reel.config.trust", function()
  it("holds for a file as long as it has one content", function()
    assert.equal("unknown", trust.state(path, "a", env))
    trust.store(path, "a", env)
    assert.equal("trusted", trust.state(path, "a", env))
    assert.equal("changed", trust.state(path, "b", env))
    trust.store(path, "b", env)
    assert.equal("changed", trust.state(path, "a", env))
  end)

  it("is not stored through a link in the place of the marks' folder", function()
    assert(os.execute(("mkdir -p %s/state/reel %s/else && ln -s ../../else %s/state/reel/trust")
      :format(folder, folder, folder)))
    local ok, err = pcall(trust.store, path, "a", env)
    assert.is_false(ok)
    assert.matches("cannot remember it: .*symbolic link", err.message)
    assert.equal("unknown", trust.state(path, "a", env))
  end)

  it("holds for one place, by whatever path it is named", function()
    assert(os.execute(("cd %s && mkdir other && ln -s . link && cp reel.conf.lua other"):format(
      folder)))
    trust.store(path, "a", env)
    assert.equal("trusted", trust.state(folder .. "/link/reel.conf.lua", "a", env))
    assert.equal("trusted", trust.state(folder .. "/other/../reel.conf.lua", "a", env))
    assert.equal("unknown", trust.state(folder .. "/other/reel.conf.lua", "a", env))
  end)

  it("can be taken back", function()
    assert.is_false(trust.revoke(path, env))
    trust.store(path, "a", env)
    assert.is_true(trust.revoke(path, env))
    assert.equal("unknown", trust.state(path, "a", env))
  end)

  it("is remembered in files that only the user may read", function()
    trust.store(path, "a", env)
    local mark = assert(marks()[1])
    assert.equal("rw-------", lfs.attributes(mark, "permissions"))
    assert.equal("rwx------", lfs.attributes(folder .. "/state/reel/trust", "permissions"))
  end)

  it("does not hold by a mark that others can write", function()
    trust.store(path, "a", env)
    assert(os.execute("chmod 606 " .. marks()[1]))
    assert.equal("unknown", trust.state(path, "a", env))
  end)

  it("needs a place to remember it", function()
    local ok, err = pcall(trust.store, path, "a", function() end)
    assert.same({ false, "config" }, { ok, err.kind })
    assert.matches("set HOME or XDG_STATE_HOME", err.message)
    assert.equal("unknown", trust.state(path, "a", function() end))
  end)
end)
