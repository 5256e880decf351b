require "reel.core"
local history = require "reel.repl.history"
local lfs = require "lfs"

local folder, path

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  path = folder .. "/state/reel/history"
end)

after_each(function() os.execute("rm -rf " .. folder) end)

local function no_secrets() return {} end

local function entries(secrets)
  local _, list = history.open(path, secrets or no_secrets)
  return list
end

describe("reel.repl.history", function()
  it("lies in the user's state folder", function()
    local function env(values) return function(name) return values[name] end end
    assert.equal("/s/reel/history", history.path(env { XDG_STATE_HOME = "/s", HOME = "/h" }))
    assert.equal("/h/.local/state/reel/history", history.path(env { HOME = "/h" }))
    assert.equal("/h/.local/state/reel/history",
      history.path(env { XDG_STATE_HOME = "relative", HOME = "/h" }))
    assert.is_nil(history.path(env {}))
  end)

  it("brings back the entries of earlier sessions, also those of several lines", function()
    local first = history.open(path, no_secrets)
    first:add("for i = 1, 2 do\n  print('\\n')\nend")
    first:add("x")
    assert.same({ "for i = 1, 2 do\n  print('\\n')\nend", "x" }, entries())
  end)

  it("can be read by its owner only", function()
    history.open(path, no_secrets):add("x")
    assert.equal("rw-------", lfs.attributes(path, "permissions"))
    assert.equal("rwx------", lfs.attributes(folder .. "/state", "permissions"))
  end)

  it("keeps what another session added meanwhile", function()
    local one, two = history.open(path, no_secrets), history.open(path, no_secrets)
    one:add("1")
    two:add("2")
    one:add("3")
    assert.same({ "1", "2", "3" }, entries())
  end)

  it("stores no line that holds a key or sets one", function()
    local mine = history.open(path, function() return { "0123456789abcdef" } end)
    for _, entry in ipairs {
      "print('0123456789abcdef')", 'reel.configure { api_key = "unknown" }',
      'conf["api_key"] = k', "WEBHOOK_KEY='x'", "y",
    } do mine:add(entry) end
    assert.same({ "y" }, entries())
  end)

  it("drops a line when a word in it turns out to be a key", function()
    local secrets = {}
    local mine = history.open(path, function() return secrets end)
    mine:add("k = 'fedcba9876543210'")
    mine:add("x")
    secrets[1] = "fedcba9876543210"
    mine:add("y")
    assert.same({ "x", "y" }, entries())
  end)

  it("drops old lines that hold the key when it opens", function()
    history.open(path, no_secrets):add("k = 'fedcba9876543210'")
    assert.same({}, entries(function() return { "fedcba9876543210" } end))
    assert.same({}, entries())
  end)

  it("keeps the last thousand", function()
    local mine = history.open(path, no_secrets)
    for i = 1, 1005 do mine:add("line " .. i) end
    local list = entries()
    assert.same({ 1000, "line 6", "line 1005" }, { #list, list[1], list[1000] })
  end)

  it("follows no link, to read or to write", function()
    assert(os.execute(("mkdir -p -m 700 %s/state/reel %s/victim"):format(folder, folder)))
    local victim = folder .. "/victim/history"
    local file = assert(io.open(victim, "w"))
    file:write("api_key = 'x'\n")
    file:close()
    assert(lfs.link(victim, path, true))
    local mine, list = history.open(path, no_secrets)
    mine:add("x")
    assert.same({}, list)
    os.execute(("rm -r %s/state/reel"):format(folder))
    assert(lfs.link(folder .. "/victim", folder .. "/state/reel", true))
    mine, list = history.open(path, no_secrets)
    mine:add("y")
    assert.same({}, list)
    local unchanged <close> = io.open(victim)
    assert.equal("api_key = 'x'\n", unchanged:read("a"))
  end)

  it("keeps nothing when HOME is not set", function()
    local none, list = history.open(nil, no_secrets)
    none:add("x")
    assert.same({}, list)
  end)
end)
