-- The properties of the binaries that protect their users, read off the files of the build tree and
-- of an installed tree: where the loader looks for libraries, and what the compiler has added.
local lfs = require "lfs"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local sanitizer = os.getenv("REEL_SANITIZE") or ""

-- The output of a shell command, which must succeed.
local function output(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("a")
  assert(pipe:close(), text)
  return text
end

local function readelf(options, path)
  return output(("LC_ALL=C readelf -W %s '%s'"):format(options, path))
end

-- The entries of the RUNPATH or RPATH of a file; empty ones count.
local function run_path(path)
  local text = readelf("-d", path):match("%(R[UN]*PATH%)[^\n]*%[([^\n]*)%]")
  local entries = {}
  for entry in text and (text .. ":"):gmatch("([^:]*):") or function() end do
    entries[#entries + 1] = entry
  end
  return entries
end

local function find(folder, name)
  return output(("find '%s' -name '%s'"):format(folder, name)):match("^[^\n]+")
end

-- Whether the compiler was asked for more than -O0.
local function is_optimised()
  local file <close> = assert(io.open(build .. "/compile_commands.json"))
  return file:read("a"):find(" %-O[123s]") ~= nil
end

local binaries = { "reel", "libreel.so", "core.so" }
local prefix, paths

setup(function()
  prefix = os.tmpname()
  assert(os.remove(prefix))
  output(("cmake --install '%s' --prefix '%s'"):format(build, prefix))
  paths = {
    build = { build .. "/bin/reel", build .. "/lib/libreel.so", build .. "/lib/reel/core.so" },
    installed = { prefix .. "/bin/reel", find(prefix, "libreel.so"), find(prefix, "core.so") },
  }
end)

teardown(function() os.execute(("rm -rf '%s'"):format(prefix)) end)

for i, name in ipairs(binaries) do
  for _, place in ipairs { "build", "installed" } do
    describe(("%s of the %s tree"):format(name, place), function()
      local path

      before_each(function() path = paths[place][i] end)

      it("names no relative folder for its libraries, and no empty one", function()
        for _, entry in ipairs(run_path(path)) do
          assert.is_truthy(entry:find("^/") or entry:find("^%$ORIGIN/"), "an entry is: " .. entry)
        end
      end)

      it("is position-independent", function()
        assert.matches("Type:%s+DYN", readelf("-h", path))
        if name == "reel" then assert.matches("FLAGS_1[^\n]* PIE", readelf("-d", path)) end
      end)

      it("has its tables of addresses read-only once it is loaded", function()
        assert.matches("GNU_RELRO", readelf("-l", path))
        assert.matches("FLAGS_1[^\n]* NOW", readelf("-d", path))
      end)

      it("has a stack that cannot be executed", function()
        local flags = readelf("-l", path):match("GNU_STACK%s+%S+%s+%S+%s+%S+%s+%S+%s+%S+%s+(%S+)")
        assert.equal("RW", flags)
      end)

      it("has checks of the stack and of buffer sizes", function()
        local symbols = readelf("--dyn-syms", path)
        -- The program is one small file without an array.
        if name ~= "reel" then assert.matches("__stack_chk_fail", symbols) end
        if sanitizer ~= "" then return pending "sanitizers replace the checks of buffer sizes" end
        if not is_optimised() then return pending "only optimised builds have the checks" end
        assert.matches("__%l+_chk[@%s]", (symbols:gsub("__stack_chk_fail", "")))
      end)
    end)
  end
end

describe("the program of the build tree", function()
  it("finds libreel beside itself after the tree was moved", function()
    local moved = prefix .. "/moved"
    assert(lfs.mkdir(moved))
    output(("cp -a '%s/bin' '%s/lib' '%s'"):format(build, build, moved))
    local libraries = output(("LD_TRACE_LOADED_OBJECTS=1 '%s/bin/reel'"):format(moved))
    assert.matches("=> " .. moved:gsub("%p", "%%%0") .. "/[^\n]*libreel%.so", libraries)
  end)
end)
