-- Runs scripts/embed/player.c, an example host that looks like a game tool, on a virtual screen.
local lfs = require "lfs"

local build = os.getenv("REEL_BUILD_DIR") or "build"
local player = (build:find("^/") and "" or lfs.currentdir() .. "/") .. build .. "/embed/player"
local sanitizer = os.getenv("REEL_SANITIZE") or ""

local script = [[
  local reel = require "reel"
  local shot = reel.text_to_video { prompt = "A harbour full of lanterns" }:wait()
  shot:save "shot"
]]

local function has_program(name)
  return os.execute(("command -v %s >/dev/null"):format(name)) == true
end

-- Runs the player under Xvfb in a folder. Returns what it printed, and whether it succeeded.
local function play(folder)
  local pipe = assert(io.popen(([[cd '%s' && {
    Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>display 2>/dev/null &
    for _ in $(seq 200); do [ -s display ] && break; sleep 0.05; done
    DISPLAY=:$(cat display) timeout 100 '%s' --shot shot.bmp script.lua
    status=$?
    kill $!
    wait
    exit $status; } 2>&1]]):format(folder, player)))
  local output = pipe:read("a")
  return output, pipe:close() == true
end

-- Returns how many colours a part of a 24-bit BMP has. A BMP stores its rows from the bottom up.
local function count_colours(path, left, top, width, height)
  local file <close> = assert(io.open(path, "rb"))
  local bytes = file:read("a")
  local start, columns, rows = ("<I4"):unpack(bytes, 11), ("<i4i4"):unpack(bytes, 19)
  rows = math.abs(rows)
  local stride, seen, count = (columns * 3 + 3) // 4 * 4, {}, 0
  for y = top, top + height - 1, 3 do
    for x = left, left + width - 1, 3 do
      local at = start + (rows - 1 - y) * stride + x * 3 + 1
      local colour = bytes:sub(at, at + 2)
      if not seen[colour] then count = count + 1 end
      seen[colour] = true
    end
  end
  return count
end

describe("the player", function()
  it("shows the clips of a script as pictures", function()
    if not (has_program "Xvfb" and has_program "ffmpeg" and lfs.attributes(player, "mode")) then
      return pending "SDL2, Xvfb or ffmpeg is missing"
    end
    if sanitizer ~= "" then return pending "SDL and the drivers below it are not instrumented" end
    local folder = os.tmpname()
    assert(os.remove(folder))
    assert(os.execute("mkdir -m 700 " .. folder))
    finally(function() os.execute("rm -rf " .. folder) end)
    local file <close> = assert(io.open(folder .. "/script.lua", "w"))
    file:write(script)
    file:flush()

    local output, ok = play(folder)
    assert.is_true(ok, output)
    local frames = tonumber(output:match("(%d+) frames"))
    assert.is_true(frames and frames > 100, output)
    -- The picture of the clip has many colours; the empty place beside it has only the background.
    local in_tile = count_colours(folder .. "/shot.bmp", 24, 56, 288, 162)
    local beside = count_colours(folder .. "/shot.bmp", 648, 56, 288, 162)
    assert.is_true(in_tile > 50, "colours in the tile: " .. in_tile)
    assert.is_true(beside < 10, "colours beside it: " .. beside)
  end)
end)
