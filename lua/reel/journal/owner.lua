-- Names the runtime that sends an attempt, and tells whether that runtime is still alive. The name
-- is the boot id, the id of the runtime's thread, the time when the thread started, and a random
-- text. A later thread can get the same id, but it has another start time. The name has the thread
-- rather than the process, since a process may have several runtimes and live longer than each.
local digest = require "reel.core.digest"
local process = require "reel.core.process"

local owner = {}

local function read_file(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

local function boot_id()
  return (read_file("/proc/sys/kernel/random/boot_id") or "no-boot-id"):gsub("%s", "")
end

-- When a thread started, in clock ticks since the boot; nil if it has ended. This is field 22 of
-- /proc/PID/stat (proc(5)). Fields are counted after the name, which may hold spaces and brackets.
local function start_of(thread_id)
  local stat = read_file(("/proc/%s/stat"):format(thread_id))
  local fields = stat and stat:match("^.*%) (.*)$")
  if not fields or fields:find("^[ZX]") then return nil end -- zombie or dead
  local place = 2 -- of the name
  for field in fields:gmatch("%S+") do
    place = place + 1
    if place == 22 then return field end
  end
end

local random_name = digest.sha256(digest.random(16)):sub(1, 8)

--- The name of this runtime.
---@return string
function owner.own()
  local id = process.thread()
  return ("%s %d %s %s"):format(boot_id(), id, start_of(id) or "0", random_name)
end

--- Whether the runtime with this name may still be alive. In the thread of this runtime, only this
--- runtime itself is.
---@param name string?
---@return boolean
function owner.is_alive(name)
  local boot, id, start, random = (name or ""):match("^(%S+) (%d+) (%S+) (%S+)$")
  if boot ~= boot_id() then return false end
  if tonumber(id) == process.thread() then return random == random_name end
  return start_of(id) == start
end

return owner
