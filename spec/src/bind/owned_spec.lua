require "reel.core"
local lfs = require "lfs"
local owned = require "reel.core.owned"

local folder

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
end)

after_each(function() os.execute("rm -rf " .. folder) end)

local function run(command, ...)
  assert(os.execute(command:format(...)))
end

local function write(name, content, mode)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "w"))
  file:write(content)
  file:close()
  run("chmod %s %s", mode or "600", path)
  return path
end

describe("reel.core.owned look", function()
  it("tells what a path names, without following a link", function()
    local path = write("a", "x", "640")
    run("ln -s a %s/l; mkfifo -m 600 %s/p; mkdir -m 700 %s/d", folder, folder, folder)
    local found = {}
    for _, name in ipairs { "a", "l", "p", "d" } do
      local facts = owned.look(folder .. "/" .. name)
      found[#found + 1] = facts.kind .. " " .. tostring(facts.fault)
    end
    assert.same({ "file nil", "link nil", "other nil", "folder nil" }, found)
    assert.equal("0640", owned.look(path).mode)
    assert.is_nil(owned.look(folder .. "/none"))
  end)

  it("tells that others may write", function()
    assert.equal("shared", owned.look(write("a", "x", "606")).fault)
    assert.equal("shared", owned.look(write("a", "x", "602")).fault)
    assert.is_nil(owned.look(write("a", "x", "644")).fault)
  end)

  it("takes the user's private group for the user, and no other group", function()
    local path = write("a", "x", "660")
    local attributes = lfs.attributes(path)
    local is_private = attributes.uid == attributes.gid
    assert.equal(not is_private and "shared" or nil, owned.look(path).fault)
    if attributes.uid ~= 0 then return end -- only root can give it to another group
    run("chgrp 12345 %s; chmod 660 %s", path, path)
    assert.equal("shared", owned.look(path).fault)
  end)

  it("tells that another user owns it", function()
    assert.is_nil(owned.look(write("a", "x")).fault)
    local is_root = lfs.attributes(folder, "uid") == 0
    if is_root then
      run("chown 12345 %s/a; ln -s a %s/l; chown -h 12345 %s/l", folder, folder, folder)
      assert.same({ "foreign", 12345 },
        { owned.look(folder .. "/a").fault, owned.look(folder .. "/a").owner })
      assert.equal("foreign", owned.look(folder .. "/l").fault)
    else
      assert.equal("foreign", owned.look("/etc/passwd").fault)
    end
  end)
end)

describe("reel.core.owned read", function()
  it("reads a regular file, also through a link, with the facts of the file", function()
    local path = write("a", "x\0y", "606")
    run("ln -s a %s/l", folder)
    for _, each in ipairs { path, folder .. "/l" } do
      local content, facts = owned.read(each, 3)
      assert.same({ "x\0y", "file", "shared" }, { content, facts.kind, facts.fault })
    end
    assert.equal("", (owned.read(write("e", ""), 0)))
  end)

  it("does not wait for a FIFO, and reads neither folders nor devices", function()
    run("mkfifo %s/p", folder)
    for _, path in ipairs { folder .. "/p", folder, "/dev/zero" } do
      local content, word = owned.read(path, 10)
      assert.same({ nil, "invalid" }, { content, word }, path)
    end
    assert.equal("not_found", select(2, owned.read(folder .. "/none", 10)))
  end)

  it("refuses a file that is too large", function()
    assert.equal("too_large", select(2, owned.read(write("a", "abcd"), 3)))
    assert.equal("too_large", select(2, owned.read("/proc/self/environ", 0)))
  end)
end)

describe("reel.core.owned resolve", function()
  it("follows the links of a path, and keeps what does not exist yet", function()
    run("mkdir -p %s/d/e; ln -s d/e %s/l; ln -s /none %s/broken", folder, folder, folder)
    local real = assert(owned.resolve(folder))
    assert.equal(real .. "/d/e", owned.resolve(folder .. "/l"))
    assert.equal(real .. "/d/e/x/y.db", owned.resolve(folder .. "/l/x/y.db"))
    assert.equal(real .. "/d", owned.resolve(folder .. "/l/.."))
    assert.equal(real .. "/broken", owned.resolve(folder .. "/broken"))
    assert.equal("/", owned.resolve("/"))
    assert.equal("/none", owned.resolve("/none"))
    assert.equal(owned.resolve("."), lfs.currentdir())
  end)

  it("gives up where a missing folder is left again", function()
    assert.is_nil(owned.resolve(folder .. "/none/../../x"))
    assert.is_nil(owned.resolve(("x/"):rep(5000)))
  end)
end)
