-- The program as people run it, in a folder of its own, against a fake vendor:
--
--   local reel = program.start { create = { "reset" } }        -- options of vendor.start
--   finally(function() reel:finish() end)
--   reel:script("a.lua", [[...]])
--   local result = reel:run("a.lua", "argument")               -- { code=, stdout=, stderr= }
--   ... reel:json("tasks") ... #reel.vendor:ledger() ...
--
require "reel.core"
local json = require "reel.base.json"
local process = require "reel.core.process"
local vendor = require "support.vendor"

local program = {}

local Program = {}
Program.__index = Program

local TIMEOUT <const> = 60 -- seconds
local executable = (os.getenv("REEL_BUILD_DIR") or "build") .. "/bin/reel"

local function absolute(path)
  return path:find("^/") and path or require("lfs").currentdir() .. "/" .. path
end

local function environment(self)
  local settings = {
    KIE_API_KEY = self.vendor.key, REEL_BASE_URL = self.vendor.url, REEL_POLL_FIRST = "0.05",
    REEL_POLL_MAX = "0.05",
  }
  for name, value in pairs(self.settings) do settings[name] = value end
  local list = {}
  for name, value in pairs(settings) do list[#list + 1] = name .. "=" .. value end
  return list
end

--- The words of a command line that runs the program in its folder.
function Program:argv(...)
  local argv = { "/usr/bin/env", "-C", self.folder }
  local list = environment(self)
  table.move(list, 1, #list, #argv + 1, argv)
  argv[#argv + 1] = absolute(executable)
  return table.move({ ... }, 1, select("#", ...), #argv + 1, argv)
end

--- Runs the program in its folder.
function Program:run(...)
  return assert(process.run { argv = self:argv(...), timeout = TIMEOUT })
end

--- The objects that a command prints with --json.
function Program:json(command, ...)
  local result, found = self:run(command, "--json", ...), {}
  for line in result.stdout:gmatch("[^\n]+") do found[#found + 1] = assert(json.decode(line)) end
  return found, result
end

--- Writes a file of the folder; its path is given back.
function Program:write(name, content)
  local path = self.folder .. "/" .. name
  local file <close> = assert(io.open(path, "w"))
  file:write(content)
  return path
end

--- Writes a script, which has the module as `reel`.
function Program:script(name, source)
  return self:write(name, 'local reel = require "reel"\n' .. source)
end

--- The path of a file of the folder if it is there.
function Program:has(name)
  local file = io.open(self.folder .. "/" .. name)
  if file then file:close() end
  return file ~= nil
end

--- A program with a folder and a vendor. `settings` are environment variables.
function program.start(options, settings)
  local self = setmetatable({ settings = settings or {}, folder = os.tmpname() }, Program)
  os.remove(self.folder)
  assert(os.execute("mkdir " .. self.folder))
  self.vendor = vendor.start(options)
  return self
end

--- Ends the vendor and removes the folder.
function Program:finish()
  self.vendor:stop()
  os.execute("rm -rf " .. self.folder)
end

return program
