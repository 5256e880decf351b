require "reel.core"
local lfs = require "lfs"
local program = require "support.program"
local temporary_folder = require "reel.base.temporary_folder"

describe("reel.base.temporary_folder", function()
  it("is removed with its files, but not what a link in it leads to", function()
    local made, remove = temporary_folder.new()
    local path, victim = made:path(), os.tmpname()
    finally(function() os.remove(victim) end)
    assert.equal("rwx------", lfs.attributes(path, "permissions"))
    assert.is_true(made:write("a", "x"))
    assert(lfs.link(victim, path .. "/link", true))
    remove()
    assert.is_nil(lfs.attributes(path))
    assert.equal("file", lfs.attributes(victim, "mode"))
  end)

  it("that cannot be made is told of, and what to set", function()
    local reel = program.start()
    finally(function() reel:finish() end)
    reel:script("a.lua", "")
    reel.settings.TMPDIR = "/nowhere"
    local result = reel:run("--local", "a.lua")
    assert.equal(2, result.code)
    assert.equal("reel: cannot start the local service: cannot make a temporary folder: "
      .. "/nowhere: No such file or directory; set TMPDIR to a folder where you may "
      .. "write\n", result.stderr)
  end)
end)
