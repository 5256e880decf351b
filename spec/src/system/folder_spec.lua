-- Folders that reel keeps files in (src/system/folder.h), by their Lua module.
require "reel.core"
local digest = require "reel.core.digest"
local files = require "reel.core.files"
local folder = require "reel.core.folder"
local lfs = require "lfs"

local base

before_each(function()
  base = os.tmpname()
  os.remove(base)
  assert(os.execute("mkdir -m 700 " .. base))
end)

after_each(function() os.execute("rm -rf " .. base) end)

local function read(name)
  local file <close> = io.open(base .. "/" .. name, "rb")
  return file and file:read "a"
end

local function write(name, text)
  local file <close> = assert(io.open(base .. "/" .. name, "wb"))
  file:write(text)
end

local function link(target, name)
  assert(lfs.link(target, base .. "/" .. name, true))
end

local function message_of(_, word, message)
  assert.equal("system", word)
  return message
end

describe("reel.core.folder", function()
  local opened

  before_each(function() opened = assert(folder.open(base)) end)

  it("makes folders that are the user's alone, and opens them again", function()
    local made <close> = assert(folder.make(base .. "/new"))
    local inner <close> = assert(made:make("inner"))
    assert.equal("rwx------", lfs.attributes(base .. "/new/inner", "permissions"))
    assert.same({ base .. "/new/inner", base .. "/new/inner/x" }, { inner:path(), inner:path "x" })
    assert(folder.make(base .. "/new")):close()
    assert(made:open("inner")):close()
    assert(made:open()):close()
  end)

  it("says that there is none", function()
    assert.equal("not_found", select(2, folder.open(base .. "/none")))
    assert.equal("not_found", select(2, opened:open("none")))
    assert.matches("none/inner: No such file", select(3, folder.make(base .. "/none/inner")))
  end)

  -- What may lie in the place of a folder, and what the refusal says.
  local refused = {
    { "a link to a folder", function(name)
      assert(lfs.mkdir(base .. "/target"))
      link("target", name)
    end, "this is a symbolic link" },
    { "a link to nothing", function(name) link("nowhere", name) end, "this is a symbolic link" },
    { "a file", function(name) write(name, "x") end, "this is not a folder; move it away" },
    { "a folder that others may write", function(name)
      os.execute(("mkdir -m 707 %s/%s"):format(base, name))
    end, "other users may write to this folder; run chmod go-w on it" },
  }
  it("may be written by the user's private group, as with umask 002", function()
    if lfs.attributes(base, "uid") ~= lfs.attributes(base, "gid") then
      return pending "this user has no private group"
    end
    assert(os.execute(("mkdir -m 775 %s/place"):format(base)))
    assert(folder.open(base .. "/place")):close()
  end)

  for _, case in ipairs(refused) do
    it("refuses " .. case[1], function()
      case[2]("place")
      local path = base .. "/place"
      for _, message in ipairs {
        message_of(folder.open(path)), message_of(folder.make(path)),
        message_of(folder.open(path .. "/")), message_of(opened:open("place")),
        message_of(opened:make("place")),
      } do
        assert.equal(path .. ": " .. case[3], message:sub(1, #path + 2 + #case[3]))
      end
    end)
  end

  it("refuses the folder of another user", function()
    assert(lfs.mkdir(base .. "/theirs"))
    if not os.execute(("chown 12345 %s/theirs 2>/dev/null"):format(base)) then
      return pending "needs the right to change owners"
    end
    for _, message in ipairs {
      message_of(folder.make(base .. "/theirs")), message_of(opened:make("theirs")),
    } do
      assert.matches("theirs: this folder belongs to another user; run reel as that user", message)
    end
  end)

  it("opens a folder that the user has named, wherever it leads", function()
    os.execute(("mkdir -m 777 %s/public"):format(base))
    link("public", "place")
    local public <close> = assert(folder.open_any(base .. "/place"))
    assert.is_true(public:write("page", "x"))
    assert.equal("x", read "public/page")
  end)

  it("takes only names of one part, without control characters", function()
    for _, name in ipairs { "", ".", "..", "a/b", "/etc/passwd", "../x", "a\0b", "a\nb", "a\27[2J",
      "a\127", ("x"):rep(256) } do
      for _, method in ipairs { "open", "make", "read", "remove", "attributes", "sha256",
        "path" } do
        assert.has_error(function() opened[method](opened, name, 1) end)
      end
      assert.has_error(function() opened:write(name, "x") end)
      assert.has_error(function() opened:rename(name, "x") end)
      assert.has_error(function() opened:rename("x", name) end)
      assert.has_error(function() files.copy(base .. "/x", name, opened) end)
      assert.has_error(function() files.lock(name, opened) end)
    end
    assert.is_true(opened:write("Grüße, [1].mp4", "x"))
  end)

  it("writes a file whole, in place of an earlier one, and leaves nothing else", function()
    assert.is_true(opened:write("a", "one"))
    assert.is_true(opened:write("a", "two\0"))
    assert.same({ "two\0", "rw-------" }, { read "a", lfs.attributes(base .. "/a", "permissions") })
    assert.same({ { "a" }, true }, { opened:list(10) })
  end)

  it("replaces a link instead of what it leads to", function()
    write("victim", "old")
    link("victim", "a")
    assert.is_true(opened:write("a", "new"))
    assert.same({ "new", "old" }, { read "a", read "victim" })
  end)

  it("leaves the earlier file, and nothing else, when the disk is full", function()
    assert(lfs.mkdir(base .. "/small"))
    local mount = "mount -t tmpfs -o size=64k,mode=700 tmpfs %s/small 2>/dev/null"
    if not os.execute(mount:format(base)) then return pending "needs the right to mount" end
    finally(function() os.execute("umount " .. base .. "/small") end)
    local small <close> = assert(opened:open("small"))
    assert.is_true(small:write("a", "old"))
    assert.matches("small/a: No space left", message_of(small:write("a", ("x"):rep(1 << 20))))
    assert.same({ "old", { "a" } }, { read "small/a", (small:list(10)) })
  end)

  it("reads as much of a file as is asked for", function()
    write("a", ("x"):rep(200000))
    for _, case in ipairs { { 5, 5, false }, { 199999, 199999, false }, { 200000, 200000, true },
      { 1 << 30, 200000, true } } do
      local content, is_whole = opened:read("a", case[1])
      assert.same({ case[2], case[3] }, { #content, is_whole })
    end
    write("empty", "")
    assert.same({ "", true }, { opened:read("empty", 1) })
    assert.equal("not_found", select(2, opened:read("none", 1)))
  end)

  it("reads nothing but plain files", function()
    write("victim", "secret")
    link("victim", "link")
    os.execute(("mkfifo %s/fifo; mkdir %s/folder"):format(base, base))
    for name, words in pairs { link = "this is a symbolic link", fifo = "this is not a plain file",
      folder = "this is not a plain file" } do
      local message = ("%s/%s: %s"):format(base, name, words)
      assert.equal(message, message_of(opened:read(name, 10)))
      assert.equal(message, message_of(opened:sha256(name)))
    end
  end)

  it("hashes, renames, removes and describes a file", function()
    write("a", "abc")
    link("a", "link")
    assert.equal(digest.sha256("abc"), opened:sha256("a"))
    assert.is_true(opened:rename("a", "b"))
    local attributes = opened:attributes("b")
    assert.same({ "file", 3 }, { attributes.mode, attributes.size })
    assert.is_true(math.abs(attributes.modification - os.time()) < 60)
    assert.equal("link", opened:attributes("link").mode)
    assert.is_true(opened:remove("link"))
    assert.is_true(opened:remove("b"))
    assert.equal("not_found", select(2, opened:remove("b")))
    assert.equal("not_found", select(2, opened:attributes("b")))
    assert.equal("not_found", select(2, opened:rename("b", "c")))
  end)

  it("lists no more names than it is asked for", function()
    for i = 1, 5 do write("f" .. i, "x") end
    write("odd\nname", "x")
    local names, is_whole = opened:list(10)
    table.sort(names)
    assert.same({ { "f1", "f2", "f3", "f4", "f5" }, true }, { names, is_whole })
    names, is_whole = opened:list(3)
    assert.same({ 3, false }, { #names, is_whole })
    assert.equal(5, #opened:list(5))
  end)

  it("stays the same folder when another takes its name", function()
    assert(lfs.mkdir(base .. "/victim"))
    local inner <close> = assert(opened:make("inner"))
    assert(os.rename(base .. "/inner", base .. "/moved"))
    link("victim", "inner")
    assert.is_true(inner:write("a", "x"))
    write("from", "y")
    assert.equal(1, files.copy(base .. "/from", "b", inner))
    assert.same({ "x", "y" }, { read "moved/a", read "moved/b" })
    assert.is_nil(read "victim/a")
    assert.is_nil(read "victim/b")
  end)

  it("is used no more once it is closed", function()
    opened:close()
    opened:close()
    assert.has_error(function() opened:list(1) end)
    assert.has_error(function() files.copy("a", "b", opened) end)
  end)
end)

describe("reel.core.folder.temporary", function()
  it("makes an empty folder of its own for this user alone", function()
    local one <close> = assert(folder.temporary())
    local two <close> = assert(folder.temporary())
    local paths = { one:path(), two:path() }
    finally(function()
      for _, path in ipairs(paths) do lfs.rmdir(path) end
    end)
    assert.not_equal(one:path(), two:path())
    assert.equal("rwx------", lfs.attributes(one:path(), "permissions"))
    assert.same({}, (one:list(10)))
  end)
end)

describe("reel.core.files", function()
  it("copies into a folder, over no other file's second name", function()
    local opened <close> = assert(folder.open(base))
    write("from", "new")
    write("victim", "old")
    lfs.link(base .. "/victim", base .. "/to.part")
    assert.equal("system", select(2, files.copy(base .. "/from", "to", opened)))
    assert.equal("old", read "victim")
    os.remove(base .. "/to.part")
    assert.equal(3, files.copy(base .. "/from", "to", opened))
    assert.equal("new", read "to")
  end)

  it("locks a file of a folder, but writes through no link and to no second name", function()
    local opened <close> = assert(folder.open(base))
    write("victim", "old")
    link("victim", "link")
    lfs.link(base .. "/victim", base .. "/second")
    for _, name in ipairs { "link", "second" } do
      assert.equal("system", select(2, files.lock(name, opened)))
      assert.equal("system", select(2, files.lock(base .. "/" .. name)))
    end
    assert.equal("old", read "victim")
    local held <close> = assert(files.lock("lock", opened))
    assert.equal("busy", select(2, files.lock(base .. "/lock")))
    assert.is_truthy(held)
  end)
end)
