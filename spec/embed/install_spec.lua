-- Builds the example hosts of scripts/embed outside of this tree with the installed library, and
-- runs them.
local lfs = require "lfs"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local sanitizer = os.getenv("REEL_SANITIZE") or ""

-- Runs a shell command in a folder. Returns its output, and whether it succeeded.
local function run(folder, command)
  local pipe = assert(io.popen(("cd '%s' && { %s\n} 2>&1"):format(folder, command)))
  local output = pipe:read("a")
  return output, pipe:close() == true
end

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
end

describe("a host outside of the tree", function()
  local prefix

  setup(function()
    prefix = os.tmpname()
    assert(os.remove(prefix))
    local output, ok = run(".", ("cmake --install '%s' --prefix '%s'"):format(build, prefix))
    assert(ok, output)
  end)

  teardown(function()
    run("/", ("rm -rf '%s'"):format(prefix))
  end)

  -- Builds a host by pkg-config and runs it in an empty folder.
  local function build_and_run(name, arguments)
    local source = lfs.currentdir() .. "/scripts/embed/" .. name .. ".c"
    local folder = prefix .. "/host-" .. name
    assert(lfs.mkdir(folder))
    write(folder .. "/script.lua", [[
      local reel = require "reel"
      reel.map({ 1, 2, 3 }, function(i) reel.sleep(i / 100) end)
      print("waited", ...)
    ]])
    return run(folder, ([[
      pc=$(find .. -name reel.pc)
      sed -i "s|^prefix=.*|prefix=%s|" "$pc" # the build was configured for another prefix
      export PKG_CONFIG_PATH="$(dirname "$pc")"
      library=$(pkg-config --variable=libdir reel)
      cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror '%s' -o host \
        $(pkg-config --cflags --libs reel) || exit
      unset REEL_LUA
      LD_LIBRARY_PATH="$library" timeout 60 ./host %s </dev/null
    ]]):format(prefix, source, arguments or ""))
  end

  local function is_sanitized()
    if sanitizer ~= "" then pending "a sanitized library needs a host with the same sanitizer" end
    return sanitizer ~= ""
  end

  it("runs a script to its end by poll and reel_step alone", function()
    if is_sanitized() then return end
    local output, ok = build_and_run("minimal", "script.lua one two")
    assert.is_true(ok, output)
    assert.matches("waited\tone\ttwo\n", output)
  end)

  it("attaches to its own Lua state and gives scripts its functions", function()
    if is_sanitized() then return end
    local output, ok = build_and_run "attach"
    assert.is_true(ok, output)
    assert.matches("score is 10\n.*score is 30\n.*score is 60\n.*last frame", output)
  end)
end)
