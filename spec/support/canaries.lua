-- Files with the names of modules and libraries that reel loads. Each of them writes a line to the
-- file `report` of its folder when it is run.
local lfs = require "lfs"

local canaries = {}

local build = os.getenv("REEL_BUILD_DIR") or "build"

local LUA <const> = [[
local file <close> = assert(io.open(os.getenv "CANARY", "a"))
file:write(%q, "\n")
]]

local lua_files = {
  "cjson.lua", "cjson/init.lua", "lfs.lua", "lfs/init.lua", "argparse.lua", "argparse/init.lua",
  "reel.lua", "reel/init.lua", "reel/core.lua", "reel/thread.lua", "reel/embed.lua",
  "reel/cli/init.lua", "reel/core/job.lua", "core.lua", "init.lua",
}
local shared_objects = {
  "cjson.so", "lfs.so", "argparse.so", "reel.so", "core.so", "reel/core.so", "loadall.so",
}
local programs = { "ffmpeg", "ffprobe", "sh" }

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function write(path, content)
  local file <close> = assert(io.open(path, "wb"))
  file:write(content)
end

-- The libraries that a program or library names.
local function needed(path)
  local pipe <close> = assert(io.popen(("readelf -dW '%s'"):format(path)))
  local names = {}
  for line in pipe:lines() do
    names[#names + 1] = line:match("%(NEEDED%).*%[(.+)%]")
  end
  assert(names[1], "readelf finds no library in " .. path)
  return names
end

--- Fills a folder.
---@param folder string
function canaries.fill(folder)
  for _, name in ipairs { "reel", "reel/cli", "reel/core", "cjson", "lfs", "argparse" } do
    assert(lfs.mkdir(folder .. "/" .. name))
  end
  for _, name in ipairs(lua_files) do write(folder .. "/" .. name, LUA:format(name)) end
  local object = read(build .. "/spec/canary.so")
  for _, list in ipairs { shared_objects, needed(build .. "/bin/reel"),
    needed(build .. "/lib/libreel.so") } do
    for _, name in ipairs(list) do write(folder .. "/" .. name, object) end
  end
  for _, name in ipairs(programs) do
    write(folder .. "/" .. name, ('#!/bin/sh\necho %s >>"$CANARY"\n'):format(name))
    assert(os.execute(("chmod +x '%s/%s'"):format(folder, name)))
  end
end

--- The variable that tells the files of a folder where to write.
---@param folder string
---@return string name, string value
function canaries.variable(folder)
  return "CANARY", folder .. "/report"
end

--- What the files of a folder have written since the last report.
---@param folder string
---@return string   "" if none was run
function canaries.report(folder)
  local path = folder .. "/report"
  local report = lfs.attributes(path, "mode") == "file" and read(path) or ""
  os.remove(path)
  return report
end

return canaries
