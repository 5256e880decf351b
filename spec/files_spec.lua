local job = require "reel.core" and require "reel.core.job"
local files = require "reel.core.files"
local lfs = require "lfs"

local folder

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
end)

after_each(function()
  os.execute("rm -rf " .. folder)
end)

local function read(name)
  local file <close> = io.open(folder .. "/" .. name, "rb")
  return file and file:read "a"
end

local function write(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(text)
end

local function copy(from, to)
  return files.copy(folder .. "/" .. from, folder .. "/" .. to)
end

describe("reel.core.files.copy", function()
  it("copies a file of several pieces", function()
    local text = ("0123456789abcdef"):rep(9 * 65536 + 1)
    write("from", text)
    assert.equal(#text, copy("from", "to"))
    assert.is_true(read "to" == text)
    assert.is_nil(read "to.part")
  end)

  it("copies an empty file", function()
    write("from", "")
    assert.equal(0, copy("from", "to"))
    assert.equal("", read "to")
  end)

  it("replaces a file, and a symbolic link instead of what it points to", function()
    write("from", "new")
    write("victim", "old")
    write("to", "old")
    os.execute(("ln -s victim %s/link"):format(folder))
    copy("from", "to")
    copy("from", "link")
    assert.same({ "new", "new", "old" }, { read "to", read "link", read "victim" })
    assert.equal("file", lfs.symlinkattributes(folder .. "/link", "mode"))
  end)

  it("follows no symbolic link to read or to write", function()
    write("from", "new")
    os.execute(("cd %s && ln -s from alias && ln -s victim to.part"):format(folder))
    assert.equal("system", select(2, copy("alias", "other")))
    assert.equal("system", select(2, copy("from", "to")))
    assert.is_nil(read "victim")
  end)

  it("overwrites what a copy left that was killed", function()
    write("from", "new")
    write("to.part", "much more than that")
    copy("from", "to")
    assert.equal("new", read "to")
  end)

  it("tells what is wrong with its path", function()
    local _, word, message = copy("nowhere", "to")
    assert.equal("not_found", word)
    assert.matches("nowhere: No such file", message, 1, true)
    write("from", "new")
    _, word, message = copy("from", "no/to")
    assert.equal("system", word)
    assert.matches("no/to: No such file", message, 1, true)
    assert.equal("system", select(2, files.copy(folder, folder .. "/to")))
    assert.has_error(function() files.copy("a\0b", "c") end)
  end)

  it("leaves nothing when the disk is full", function()
    write("from", ("x"):rep(500000))
    assert(lfs.mkdir(folder .. "/small"))
    local mount = "mount -t tmpfs -o size=256k tmpfs %s/small 2>/dev/null"
    if not os.execute(mount:format(folder)) then pending "needs the right to mount" end
    finally(function() os.execute("umount " .. folder .. "/small") end)
    write("small/to", "old")
    local _, word, message = copy("from", "small/to")
    assert.equal("system", word)
    assert.matches("small/to: No space left", message)
    assert.same({ "old", nil }, { read "small/to", read "small/to.part" })
  end)

  it("leaves nothing when its job is cancelled", function()
    os.execute(("truncate -s 300M %s/from"):format(folder))
    local running = job.spawn(copy, "from", "to")
    local deadline = job.now() + 5
    local function until_part(is_there)
      while (lfs.attributes(folder .. "/to.part") ~= nil) ~= is_there and job.now() < deadline do
        job.sleep(0.001)
      end
    end
    until_part(true)
    running:cancel()
    assert.is_true(running:join(5))
    until_part(false)
    assert.equal("cancelled", running.status)
    assert.is_nil(lfs.attributes(folder .. "/to.part"))
    assert.is_nil(lfs.attributes(folder .. "/to"))
  end)
end)

describe("reel.core.files.make_folder", function()
  it("makes a folder that is the owner's alone", function()
    local path = folder .. "/media"
    assert.is_true(files.make_folder(path))
    assert.equal("rwx------", lfs.attributes(path, "permissions"))
    assert.is_true(files.make_folder(path))
  end)

  it("tells why it cannot", function()
    local _, word, message = files.make_folder(folder .. "/no/media")
    assert.equal("system", word)
    assert.matches("no/media: No such file", message, 1, true)
  end)
end)
