local digest = require "reel.core" and require "reel.core.digest"
local fresh_reel = require "support.fresh_reel"
local in_job = require "support.in_job"
local journal_stub = require "support.journal_stub"
local lfs = require "lfs"

local MP4 <const> = "\0\0\0\24ftypisom"

local folder, journal, media

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
  assert(lfs.mkdir(folder .. "/.reel"))
  journal = journal_stub()
  fresh_reel()
  local config = require "reel.config"
  local session = require "reel.session"
  config.start({}, folder)
  session.journal = function() return journal end
  media = require "reel.tasks.media"
end)

after_each(function()
  os.execute("rm -rf " .. folder)
end)

local function write(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(text)
  return folder .. "/" .. name
end

local function read(name)
  local file <close> = io.open(folder .. "/" .. name, "rb")
  return file and file:read "a"
end

-- The written path below the folder.
local function put(kept, name, overwrite)
  local path, err = in_job(media.put, kept, folder .. "/" .. name,
    { task_id = "t", overwrite = overwrite, sha256 = in_job(digest.sha256_file, kept) })
  return path and path:sub(#folder + 2), err
end

describe("reel.tasks.media.put", function()
  it("copies to where it is wanted, with folders and a missing extension", function()
    local kept = write("kept.mp4", MP4)
    assert.equal("out/shots/one.mp4", put(kept, "out/shots/one"))
    assert.equal("two.mov", put(kept, "two.mov"))
    assert.same({ MP4, MP4 }, { read "out/shots/one.mp4", read "two.mov" })
    assert.equal(MP4, read "kept.mp4")
  end)

  it("replaces what reel wrote there before, also in an earlier run and another folder", function()
    put(write("kept.mp4", MP4), "one.mp4")
    assert.equal("one.mp4", next(journal.paths)) -- by the way from the project's folder
    assert.equal("one.mp4", put(write("new.mp4", MP4 .. "new"), "one.mp4"))
    assert.equal(MP4 .. "new", read "one.mp4")
  end)

  it("is content with the same content", function()
    write("one.mp4", MP4)
    assert.equal("one.mp4", put(write("kept.mp4", MP4), "one.mp4"))
  end)

  it("leaves what it did not write, unless it may overwrite", function()
    local kept = write("kept.mp4", MP4)
    write("one.mp4", "mine")
    local path, err = put(kept, "one.mp4")
    assert.same({ nil, "download", "t", "yes" }, { path, err.kind, err.task_id, err.billed })
    assert.matches("overwrite = true", err.message)
    assert.equal("mine", read "one.mp4")
    assert.equal("one.mp4", put(kept, "one.mp4", true))
    assert.equal(MP4, read "one.mp4")
  end)

  it("leaves what somebody changed since reel wrote it", function()
    put(write("kept.mp4", MP4), "one.mp4")
    write("one.mp4", MP4 .. "edited")
    assert.is_nil(put(write("new.mp4", MP4 .. "new"), "one.mp4"))
    assert.equal(MP4 .. "edited", read "one.mp4")
  end)

  it("never writes through a symbolic link", function()
    local kept = write("kept.mp4", MP4)
    write("victim", "old")
    os.execute(("ln -s victim %s/one.mp4"):format(folder))
    assert.is_nil(put(kept, "one.mp4"))
    assert.equal("one.mp4", put(kept, "one.mp4", true))
    assert.same({ "old", MP4 }, { read "victim", read "one.mp4" })
  end)

  it("tells why it cannot write", function()
    local kept = write("kept.mp4", MP4)
    assert(lfs.mkdir(folder .. "/one.mp4"))
    assert.equal("download", select(2, put(kept, "one.mp4", true)).kind)
    write("file", "")
    assert.matches("cannot make the folder", select(2, put(kept, "file/one.mp4")).message)
    assert.is_nil(read "one.mp4.part")
  end)
end)
