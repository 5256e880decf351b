require "reel.core"
local lfs = require "lfs"
local project = require "reel.config.project"

local folder

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
end)

after_each(function() os.execute("rm -rf " .. folder) end)

local function make(...)
  for _, name in ipairs { ... } do assert(lfs.mkdir(folder .. "/" .. name)) end
end

local function run(command)
  assert(os.execute("cd " .. folder .. " && " .. command))
end

local function home(path)
  return function(name) return name == "HOME" and path or nil end
end

local function no_home() end

local function is_root()
  return lfs.attributes(folder, "uid") == 0
end

describe("reel.config.project", function()
  it("finds the nearest .reel folder upward", function()
    make(".reel", "scenes", "scenes/one")
    assert.equal(folder, project.find(folder .. "/scenes/", no_home))
    assert.equal(folder, project.find(folder .. "/scenes/one/../.././", no_home))
    assert.equal(folder, project.find(folder .. "/scenes/one", no_home))
  end)

  it("does not take the .reel of a folder that the path only passes through", function()
    make("a", "a/.reel", "b")
    assert.equal(folder .. "/b", project.find(folder .. "/a/../b", no_home))
  end)

  it("ends at the home folder, where it still looks", function()
    make(".reel", "home", "home/clips")
    run "ln -s home link"
    for _, path in ipairs { "/home", "/link" } do
      assert.equal(folder .. "/home/clips",
        project.find(folder .. "/home/clips", home(folder .. path)))
    end
    make("home/.reel")
    assert.equal(folder .. "/home",
      project.find(folder .. "/home/clips", home(folder .. "/home")))
  end)

  it("ends at the border of a file system", function()
    local device = lfs.attributes("/proc", "dev")
    assert.not_equal(device, lfs.attributes("/", "dev"))
    assert.equal("/proc/self", project.find("/proc/self", no_home))
  end)

  it("refuses a .reel that is a symbolic link", function()
    make("other", "a")
    run "ln -s ../other a/.reel"
    local found, fault = project.find(folder .. "/a", no_home)
    assert.equal(folder .. "/a", found)
    assert.equal(folder .. "/a/.reel is a symbolic link, but reel keeps its files in a folder of "
      .. "the project itself; move the folder that the link leads to here, in place of the link",
      fault)
  end)

  it("refuses a link above, too, since a new .reel would pay for everything again", function()
    make("disk", "a", "a/b")
    run "ln -s ../disk a/.reel"
    local found, fault = project.find(folder .. "/a/b", no_home)
    assert.equal(folder .. "/a/b", found)
    assert.matches(folder .. "/a/.reel is a symbolic link", fault, 1, true)
  end)

  it("refuses a .reel of another user, and does not look beyond it", function()
    if not is_root() then return pending("only root can give a folder away") end
    make(".reel", "a", "a/.reel", "a/b")
    run "chown 12345 a/.reel"
    local found, fault = project.find(folder .. "/a", no_home)
    assert.equal(folder .. "/a", found)
    assert.matches("/a/.reel belongs to another user %(uid 12345%), so reel neither reads nor "
      .. "writes there", fault)
    assert.same({ folder .. "/a/b", nil, fault }, { project.find(folder .. "/a/b", no_home) })
  end)

  it("does not look beyond a settings file of another user", function()
    if not is_root() then return pending("only root can give a file away") end
    make(".reel", "a", "a/b")
    run "touch a/reel.conf.lua && chown 12345 a/reel.conf.lua"
    assert.equal(folder .. "/a/b", project.find(folder .. "/a/b", no_home))
    run "chown 0 a/reel.conf.lua"
    assert.equal(folder, project.find(folder .. "/a/b", no_home))
  end)
end)
