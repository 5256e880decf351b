local job = require "reel.core" and require "reel.core.job"
local files = require "reel.core.files"
local lfs = require "lfs"
local process = require "reel.core.process"
local wait_until = require "support.wait_until"

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
    local function until_part(is_there)
      wait_until(function()
        return (lfs.attributes(folder .. "/to.part") ~= nil) == is_there
      end)
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

describe("reel.core.files.lock", function()
  local interpreter = lfs.symlinkattributes("/proc/self/exe", "target")

  -- What a process of its own gets when it asks for the lock.
  local function ask_elsewhere()
    local chunk = [[require "reel.core"
      print(select(2, require "reel.core.files".lock %q) or "held")]]
    local result = assert(process.run { timeout = 20, argv = {
      "/usr/bin/env", "LUA_PATH=" .. package.path, "LUA_CPATH=" .. package.cpath, interpreter, "-e",
      chunk:format(folder .. "/lock"),
    } })
    return result.stdout .. result.stderr
  end

  local function lock()
    return files.lock(folder .. "/lock")
  end

  it("keeps out others, of this process and not, until it is closed", function()
    local held = assert(lock())
    local second, word, message = lock()
    assert.same({ nil, "busy" }, { second, word })
    assert.matches("/lock: another runtime has the lock", message, 1, true)
    assert.equal("busy\n", ask_elsewhere())
    held:close()
    assert.equal("held\n", ask_elsewhere())
    assert(lock()):close()
  end)

  it("is held when another descriptor of the file is closed", function()
    local _ <close> = assert(lock())
    read "lock"
    assert.equal("busy", select(2, lock()))
    assert.equal("busy\n", ask_elsewhere())
  end)

  it("names its process in the file", function()
    write("lock", "4194304             \n")
    local _ <close> = assert(lock())
    assert.equal(process.pid(), tonumber(read "lock"))
  end)

  it("is let go of by the collector, and by closing it again and again", function()
    lock()
    collectgarbage()
    local held = assert(lock())
    held:close()
    held:close()
    assert(lock()):close()
  end)

  it("is no lock of a child process that outlives it", function()
    local held = assert(lock())
    local child = job.spawn(process.run, { argv = { "sleep", "20" }, timeout = 20 })
    finally(function() child:cancel() end)
    job.sleep(0) -- the I/O thread has started it
    held:close()
    assert(lock()):close()
  end)

  it("tells what is wrong with its path", function()
    local _, word, message = files.lock(folder .. "/no/lock")
    assert.equal("system", word)
    assert.matches("no/lock: No such file", message, 1, true)
    assert.has_error(function() files.lock("a\0b") end)
  end)
end)
