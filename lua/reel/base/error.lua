-- The one error of the library. Scripts compare `kind`, which is stable; `message` is for people.
-- Inner modules return `nil, err`; public functions raise; `Error.try` turns a raise back.

---@alias reel.ErrorKind
---| "invalid"       # a wrong argument or input; nothing was sent
---| "auth"          # the key is missing, unknown or not allowed
---| "credits"       # the account or the key has no credits left
---| "rejected"      # the vendor refused the request for good
---| "paused"        # the vendor switched the model or the service off for now
---| "rate_limited"  # too many requests, for longer than reel waits
---| "unreachable"   # no connection; nothing was sent
---| "ambiguous"     # sent, outcome unknown; a person settles it
---| "server"        # the vendor answers, but not usefully
---| "failed"        # the task ended without a result
---| "timeout"       # the deadline passed; the task goes on
---| "missing"       # the vendor does not know the task
---| "expired"       # the result is no longer kept
---| "download"      # the result could not be fetched or stored
---| "cancelled"     # the job was cancelled
---| "budget"        # max_new or max_credits is used up; nothing was sent
---| "key_conflict"  # an explicit key with another input
---| "journal"       # the journal cannot be trusted or written
---| "config"        # a setting is wrong

---@class reel.Error
---@field kind reel.ErrorKind
---@field message string         What failed, with the value that caused it.
---@field retryable boolean      Whether the same call may succeed later.
---@field billed "no"|"maybe"|"yes"
---@field task_id string?        Always there once the vendor accepted the task.
---@field attempt integer?       Number of the attempt in the journal.
---@field http_status integer?   When a response arrived.
---@field code integer?          The vendor's own code, when its JSON arrived.
---@field where string?          "file:line" of the caller, for wrong arguments.
---@field problems reel.Problem[]?   All that is wrong with an input.
---@field hint string?           What a person can do about it.
local Error = {}
local error_mt = { __name = "reel.Error", __index = Error }

-- kind -> whether the same call may succeed later.
local kinds = {
  invalid = false, auth = false, credits = false, rejected = false, paused = true,
  rate_limited = true, unreachable = true, ambiguous = false, server = true, failed = false,
  timeout = true, missing = false, expired = false, download = true, cancelled = false,
  budget = false, key_conflict = false, journal = false, config = false,
}

function error_mt:__tostring()
  local position = self.where and self.where .. ": " or ""
  return position .. self.kind .. ": " .. self.message
end

--- Makes a plain table with `kind` and `message` an error, in place.
---@param fields table   given: it is the error from here on
---@return reel.Error
function Error.adopt(fields)
  assert(kinds[fields.kind] ~= nil, "unknown kind of error: " .. tostring(fields.kind))
  assert(type(fields.message) == "string", "an error needs a message")
  if fields.retryable == nil then fields.retryable = kinds[fields.kind] end
  fields.billed = fields.billed or "no"
  return setmetatable(fields, error_mt)
end

--- Makes an error from a copy of its fields.
---@param fields table
---@return reel.Error
function Error.new(fields)
  local copy = {}
  for name, value in pairs(fields) do copy[name] = value end
  return Error.adopt(copy)
end

--- Whether a value is an error of the library.
---@param value any
---@return boolean
function Error.is(value)
  return getmetatable(value) == error_mt
end

local function position_of(level)
  local info = debug.getinfo(level + 1, "Sl")
  if info and info.currentline > 0 then return info.short_src .. ":" .. info.currentline end
end

--- Raises an error, given as such or as its fields.
---@param fields table|reel.Error
---@param level? integer   As in `error`: 1 is the function that calls raise, 2 its caller, and so
---                        on; that position becomes `where`. Without it there is no position.
function Error.raise(fields, level)
  local err = Error.is(fields) and fields or Error.new(fields)
  if level then err.where = position_of(level + 1) end
  error(err, 0)
end

local function give_back(ok, ...)
  if ok then return ... end
  local err = ...
  if Error.is(err) and err.kind ~= "cancelled" then return nil, err end
  error(err, 0)
end

--- Calls a function and returns its values, or nil and the reel.Error that it raised. Everything
--- else goes on up: a programming mistake, and a cancel, which must end the job.
---@async
---@param fn function
---@param ... any   its arguments
---@return any ...
function Error.try(fn, ...)
  return give_back(pcall(fn, ...))
end

return Error
