-- Log entries for people: lines of text, each with a level. They go to a function, the sink, which
-- writes to stderr unless another one is set. Entries may quote text from the network, so control
-- characters are replaced, as is every secret that was given to `log.hide`.
local Error = require "reel.base.error"
local output = require "reel.base.output"
local text = require "reel.base.text"

---@alias reel.LogLevel "debug"|"info"|"warn"|"error"

local log = {}

local MAX_LINE <const> = 2000

local ranks = { debug = 1, info = 2, warn = 3, error = 4 }

local function write_to_stderr(level, line)
  output.tell(("reel: %s: %s"):format(level, line))
end

local sink, threshold, secrets = write_to_stderr, ranks.info, {}

local function rank_of(level, position)
  local rank = ranks[level]
  if rank then return rank end
  local message = 'a level is "debug", "info", "warn" or "error", got ' .. tostring(level)
  Error.raise({ kind = "invalid", message = message }, position)
end

local function without_secrets(line)
  for secret in pairs(secrets) do
    local from, to = line:find(secret, 1, true)
    while from do
      line = line:sub(1, from - 1) .. "[hidden]" .. line:sub(to + 1)
      from, to = line:find(secret, from + 8, true)
    end
  end
  return line
end

--- Writes one entry; the values are converted by tostring and separated by spaces.
---@param level reel.LogLevel
---@param ... any
function log.write(level, ...)
  if rank_of(level, 3) < threshold then return end
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  sink(level, text.message(without_secrets(table.concat(parts, " ")), MAX_LINE))
end

--- Drops later entries that are less important than `level`. The default is "info".
---@param level reel.LogLevel
function log.set_level(level)
  threshold = rank_of(level, 3)
end

--- Sets the function that gets the entries.
---@param new_sink? fun(level: reel.LogLevel, text: string)   must not wait; nil: stderr
---@return fun(level: reel.LogLevel, text: string) previous
function log.set_sink(new_sink)
  local previous = sink
  sink = new_sink or write_to_stderr
  return previous
end

--- A sink that writes entries to stderr as JSON, one object a line, with the fields event ("log"),
--- level and message.
---@param level reel.LogLevel
---@param message string
function log.write_json(level, message)
  output.tell_json({ event = "log", level = level, message = message })
end

--- Replaces a secret in all later entries by "[hidden]".
---@param secret string?
function log.hide(secret)
  if secret and #secret >= 4 then secrets[secret] = true end
end

return log
