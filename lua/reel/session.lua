-- What one runtime knows while it runs: its settings and the tasks and calls it has met.
local Error = require "reel.error"
local config = require "reel.config"
local gate = require "reel.gate"
local log = require "reel.log"

local session = {
  tasks = setmetatable({}, { __mode = "v" }), -- id -> reel.Task
  calls = {},                                 -- key -> call, see calls.lua
  project = "",
  uploads = {},                               -- content -> { url =, expires = }
}

local given = {} -- what configure() was called with
local start = { flags = {}, script_dir = "." }
local settings, rate, slots

--- Where settings come from besides `reel.configure`: the program's flags and the script's folder.
---@param flags table
---@param script_dir string
function session.start(flags, script_dir)
  start = { flags = flags, script_dir = script_dir }
  settings = nil
end

--- The settings in force; raises "config" when one is wrong.
---@return table
function session.settings()
  if not settings then
    local loaded, err = config.load({
      arguments = given, flags = start.flags, script_dir = start.script_dir, env = os.getenv,
    })
    if not loaded then Error.raise(err) end
    settings = loaded
    log.set_level(settings.log_level)
    if settings.api_key then log.hide(settings.api_key) end
    if settings.webhook_key then log.hide(settings.webhook_key) end
  end
  return settings
end

--- Takes settings; they count more than all other sources.
---@param options table
function session.configure(options)
  if type(options) ~= "table" then
    local message = "reel.configure needs a table of settings, got a " .. type(options)
    Error.raise({ kind = "invalid", message = message }, 2)
  end
  local before = given
  given = {}
  for name, value in pairs(before) do given[name] = value end
  for name, value in pairs(options) do given[name] = value end
  settings = nil
  local ok, err = pcall(session.settings)
  if ok then
    rate, slots = nil, nil
    return
  end
  given = before
  Error.raise(err, 2)
end

--- The rate limit of creates.
function session.rate()
  if not rate then
    local limit = session.settings().create_rate
    rate = gate.rate(limit.count, limit.seconds)
  end
  return rate
end

--- The places for creates under way.
function session.slots()
  slots = slots or gate.slots(session.settings().create_parallel)
  return slots
end

return session
