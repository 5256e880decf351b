-- Who holds a latched attempt: boot, the runtime's own thread, its start, and a random name, so
-- that an id that was given away again is not taken for the one that sent. A thread, since a
-- process may have several runtimes, and outlive each.
local digest = require "reel.core.digest"
local process = require "reel.core.process"

local owner = {}

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

local function boot_id()
  return (read("/proc/sys/kernel/random/boot_id") or "no-boot-id"):gsub("%s", "")
end

-- Field 22 of stat(5), in clock ticks since the boot; the name before it may hold anything.
local function start_of(id)
  local stat = read(("/proc/%s/stat"):format(id))
  local fields = stat and stat:match("^.*%) (.*)$")
  if not fields or fields:find("^[ZX]") then return nil end -- it has ended
  local place = 2
  for field in fields:gmatch("%S+") do
    place = place + 1
    if place == 22 then return field end
  end
end

local runtime = digest.sha256(digest.random(16)):sub(1, 8)

--- This runtime's name.
---@return string
function owner.own()
  local id = process.thread()
  return ("%s %d %s %s"):format(boot_id(), id, start_of(id) or "0", runtime)
end

--- Whether the runtime with this name may still be alive.
---@param name string?
---@return boolean
function owner.is_alive(name)
  local boot, id, start, random = (name or ""):match("^(%S+) (%d+) (%S+) (%S+)$")
  if boot ~= boot_id() then return false end
  if tonumber(id) == process.thread() then return random == runtime end
  return start_of(id) == start
end

return owner
