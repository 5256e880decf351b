-- The folder .reel, as reel makes it and as it may come with files from elsewhere.
require "reel.core"
local Error = require "reel.base.error"
local dot_reel = require "reel.config.dot_reel"
local lfs = require "lfs"
local program = require "support.program"

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

local base

before_each(function()
  base = os.tmpname()
  os.remove(base)
  assert(os.execute(("mkdir -m 700 %s %s/project %s/victim"):format(base, base, base)))
  local file <close> = assert(io.open(base .. "/victim/thesis.txt", "w"))
  file:write("precious")
end)

after_each(function() os.execute("rm -rf " .. base) end)

describe("reel.config.dot_reel", function()
  it("finds no folder where there is none, and makes none", function()
    assert.is_nil(dot_reel.find(base .. "/project"))
    assert.is_nil(lfs.attributes(base .. "/project/.reel"))
  end)

  it("makes the folder for its owner alone, with a file that git reads", function()
    local made <close> = dot_reel.make(base .. "/project")
    assert.equal(base .. "/project/.reel", made:path())
    assert.equal("rwx------", lfs.attributes(made:path(), "permissions"))
    assert.equal("*\n", read(made:path ".gitignore"))
  end)

  it("does not write that file again when the user has removed it", function()
    dot_reel.make(base .. "/project"):close()
    assert(os.remove(base .. "/project/.reel/.gitignore"))
    dot_reel.make(base .. "/project"):close()
    assert.is_nil(lfs.attributes(base .. "/project/.reel/.gitignore"))
  end)

  it("raises config for what is not to be trusted", function()
    local path = base .. "/project/.reel"
    for _, case in ipairs {
      { "ln -s ../victim " .. path, "this is a symbolic link" },
      { "ln -s nowhere " .. path, "this is a symbolic link" },
      { "touch " .. path, "this is not a folder; move it away" },
      { "mkdir -m 777 " .. path, "other users may write to this folder; run chmod go-w on it" },
    } do
      assert(os.execute(case[1]))
      for _, fn in ipairs { dot_reel.find, dot_reel.make } do
        local _, err = Error.try(fn, base .. "/project")
        assert.equal("config", err.kind)
        assert.matches("cannot use " .. path .. ": " .. case[2], err.message, 1, true)
      end
      os.execute("rm -rf " .. path)
    end
  end)
end)

describe("a .reel that came with a project", function()
  local reel

  before_each(function()
    reel = program.start()
    reel:script("a.lua", [[reel.text_to_video({ prompt = "a dune" }):wait():save "a.mp4"]])
  end)

  after_each(function() reel:finish() end)

  local function shell(command)
    assert(os.execute(("cd %s && %s"):format(reel.folder, command)))
  end

  local function assert_untouched()
    local names = {}
    for name in lfs.dir(base .. "/victim") do names[#names + 1] = name end
    table.sort(names)
    assert.same({ ".", "..", "thesis.txt" }, names)
    assert.equal("precious", read(base .. "/victim/thesis.txt"))
  end

  -- The words of the program that make it use the folder.
  local commands = {
    { "a.lua" }, { "--local", "a.lua" }, { "tasks" }, { "gallery" }, { "plan", "a.lua" },
    { "serve", "--no-render" }, { "wait", "task1" }, { "save", "task1", "-o", "b.mp4" },
    { "show", "1" },
    { "adopt", "1", "task1" }, { "resolve", "1", "--absent", "--why", "because" },
  }
  local function assert_refused(words)
    for _, command in ipairs(commands) do
      local result, name = reel:run(table.unpack(command)), table.concat(command, " ")
      assert.equal(2, result.code, name .. result.stdout)
      assert.matches(words, result.stderr, 1, true)
    end
    assert.equal(0, #reel.vendor:ledger())
    assert_untouched()
  end

  it("is refused by every command if it is a link", function()
    shell(("ln -s %s/victim .reel"):format(base))
    assert_refused(reel.folder .. "/.reel is a symbolic link, but reel keeps its files in a folder "
      .. "of the project itself; move the folder that the link leads to here, in place of the "
      .. "link")
  end)

  it("leaves a journal that the user has put elsewhere usable", function()
    shell(("ln -s %s/victim .reel"):format(base))
    shell "mkdir -m 700 other"
    local result = reel:run("--journal", "other/j.db", "tasks")
    assert.same({ 0, "Nothing was made in this folder yet.\n" }, { result.code, result.stdout })
  end)

  it("is refused by every command if others may write to it", function()
    shell "mkdir -m 777 .reel"
    assert_refused(reel.folder .. "/.reel: other users may write to this folder; run chmod go-w")
  end)

  it("is refused by every command if it belongs to another user", function()
    shell "mkdir -m 700 .reel"
    if not os.execute(("chown 12345 %s/.reel 2>/dev/null"):format(reel.folder)) then
      return pending "needs the right to change owners"
    end
    assert_refused(reel.folder .. "/.reel belongs to another user (uid 12345), so reel neither "
      .. "reads nor writes there; if it is yours, run: sudo chown -R $(id -u) " .. reel.folder
      .. "/.reel")
  end)

  it("keeps no results in a folder that is a link, and tells so", function()
    shell "mkdir -m 700 .reel"
    shell(("ln -s %s/victim .reel/media && rm %s/victim/*"):format(base, base))
    local result = reel:run("a.lua")
    assert.equal(1, result.code)
    assert.matches("cannot keep results: .*/.reel/media: this is a symbolic link", result.stderr)
    shell "rm .reel/media"
    assert.equal(0, reel:run("a.lua").code)
    assert.equal(1, #reel.vendor:ledger())
    assert.same({ 1, true }, { select(2, read(reel.folder .. "/a.mp4"):gsub("ftyp", "")),
      lfs.attributes(reel.folder .. "/.reel/media", "mode") == "directory" })
  end)

  it("keeps no pictures of clips in a folder that is a link", function()
    assert.equal(0, reel:run("a.lua").code)
    shell(("ln -s %s/victim .reel/posters"):format(base))
    local result = reel:run("gallery")
    assert.equal(2, result.code)
    assert.matches("posters: this is a symbolic link", result.stderr)
    assert_untouched()
  end)

  it("does not lead the page of the gallery elsewhere", function()
    assert.equal(0, reel:run("a.lua").code)
    for _, name in ipairs { ".reel/gallery.html.part", "page.html.part" } do
      shell(("ln -s %s/victim/thesis.txt %s"):format(base, name))
    end
    assert.equal(0, reel:run("gallery").code)
    assert.equal(0, reel:run("gallery", "-o", "page.html").code)
    assert_untouched()
    assert.is_true(reel:has "page.html")
    shell(("ln -sf %s/victim/thesis.txt page.html"):format(base))
    assert.equal(2, reel:run("gallery", "-o", "page.html").code)
    assert_untouched()
  end)

  it("is refused by the local service if its local folder is a link", function()
    shell(("mkdir -m 700 .reel && ln -s %s/victim .reel/local"):format(base))
    for _, words in ipairs { { "--local", "a.lua" }, { "serve", "--no-render" } } do
      local result = reel:run(table.unpack(words))
      assert.equal(2, result.code)
      assert.matches("cannot start the local service: .*/.reel/local: this is a symbolic link",
        result.stderr)
    end
    assert_untouched()
  end)
end)
