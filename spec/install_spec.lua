-- What `cmake --install` lays down works by itself: from another folder, without this tree.
local lfs = require "lfs"

local build = os.getenv("REEL_BUILD_DIR") or "build"

-- Runs a shell command in a folder; its output, and whether it succeeded.
local function run(folder, command)
  local pipe = assert(io.popen(("cd '%s' && { %s\n} 2>&1"):format(folder, command)))
  local output = pipe:read("a")
  return output, pipe:close() == true
end

describe("an installed reel", function()
  local prefix, start

  setup(function()
    start = lfs.currentdir()
    prefix = os.tmpname()
    assert(os.remove(prefix))
    local output, ok = run(start, ("cmake --install '%s' --prefix '%s'"):format(build, prefix))
    assert(ok, output)
  end)

  teardown(function()
    run("/", ("rm -rf '%s'"):format(prefix))
  end)

  it("has a program that carries its Lua files", function()
    local output, ok = run("/", ("env -u REEL_LUA '%s/bin/reel' --version"):format(prefix))
    assert.is_true(ok, output)
    assert.matches("^reel %d+%.%d+%.%d+", output)
  end)

  it("is a module for a stock interpreter", function()
    local output, ok = run("/", ([[
      export LUA_PATH='%s/share/lua/5.4/?.lua;%s/share/lua/5.4/?/init.lua;;'
      export LUA_CPATH="$(dirname "$(dirname "$(find '%s' -name core.so)")")/?.so;;"
      lua5.4 -e 'local reel = require "reel"
        print(type(reel.spawn), package.searchpath("reel", package.path),
              package.searchpath("reel.core", package.cpath))']]):format(prefix, prefix, prefix))
    assert.is_true(ok, output)
    local kind, lua, core = output:match("^(%S+)%s+(%S+)%s+(%S+)")
    assert.equal("function", kind)
    assert.equal(prefix .. "/share/lua/5.4/reel/init.lua", lua)
    assert.equal(prefix, core:sub(1, #prefix))
  end)

  it("is a library that a C program finds by pkg-config", function()
    local output, ok = run(prefix, [[
      pc=$(find . -name reel.pc)
      sed -i "s|^prefix=.*|prefix=$PWD|" "$pc" # the build was configured for another prefix
      export PKG_CONFIG_PATH="$(dirname "$pc")"
      printf '#include <reel.h>\nint main(void) { return !reel_strerror(0); }\n' >host.c
      cc host.c -o host $(pkg-config --cflags --libs reel) && echo built
    ]])
    assert.is_true(ok, output)
    assert.matches("built\n$", output)
  end)
end)
