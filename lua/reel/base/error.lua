-- The only error type of the library. Scripts compare `kind`, which is stable; `message` is for
-- people. Inner modules return `nil, err` and public functions raise the error; `Error.try` turns a
-- raised error into `nil, err` again.
--
-- The texts of an error are printable lines, whatever they quote, since scripts print errors, too.
local text = require "reel.base.text"

---@alias reel.ErrorKind
---| "invalid"       # a wrong argument or input; nothing was sent
---| "auth"          # the API key is missing, unknown or not allowed
---| "credits"       # the account or the key has no credits left
---| "rejected"      # the vendor refused the request for good
---| "paused"        # the vendor switched the model or the service off for now
---| "rate_limited"  # too many requests, for longer than reel waits
---| "unreachable"   # no connection; nothing was sent
---| "ambiguous"     # the request was sent, but its outcome is unknown
---| "server"        # the vendor answered, but reel cannot use the answer
---| "failed"        # the task ended without a result
---| "timeout"       # the deadline has passed; the task goes on
---| "missing"       # the vendor does not know the task
---| "expired"       # the vendor no longer keeps the result
---| "download"      # the result could not be fetched or stored
---| "cancelled"     # the job was cancelled
---| "budget"        # max_new or max_credits is used up; nothing was sent
---| "key_conflict"  # the option `key` was used before with another input
---| "journal"       # the journal cannot be trusted or written
---| "config"        # a setting is wrong

---@class reel.Error
---@field kind reel.ErrorKind
---@field message string         What failed, with the value that caused it.
---@field retryable boolean      Whether the same call may succeed later.
---@field billed "no"|"maybe"|"yes"
---@field task_id string?        Always set once the vendor has accepted the task.
---@field attempt integer?       Number of the attempt in the journal.
---@field http_status integer?   Set when a response arrived.
---@field code integer?          The code in the vendor's JSON, when JSON arrived.
---@field where string?          "file:line" of the caller, for wrong arguments.
---@field problems reel.Problem[]?   Everything that is wrong with an input.
---@field hint string?           What a person can do about it.
local Error = {}

local MAX_LINE <const> = 10000 -- characters of a message

local error_mt = { __name = "reel.Error", __index = Error }

---@class reel.KindOfError
---@field name reel.ErrorKind
---@field meaning string        As in the alias above.
---@field retryable boolean?    The default of an error's `retryable`.
---@field exit_code integer?    The program's exit code for such an error; nil stands for 1.

--- The only definition of each kind. spec/meta_spec.lua compares the alias and README with it.
---@type reel.KindOfError[]
Error.kinds = {
  { name = "invalid", meaning = "a wrong argument or input; nothing was sent" },
  { name = "auth", meaning = "the API key is missing, unknown or not allowed" },
  { name = "credits", meaning = "the account or the key has no credits left" },
  { name = "rejected", meaning = "the vendor refused the request for good" },
  { name = "paused", meaning = "the vendor switched the model or the service off for now",
    retryable = true },
  { name = "rate_limited", meaning = "too many requests, for longer than reel waits",
    retryable = true },
  { name = "unreachable", meaning = "no connection; nothing was sent", retryable = true },
  { name = "ambiguous", meaning = "the request was sent, but its outcome is unknown" },
  { name = "server", meaning = "the vendor answered, but reel cannot use the answer",
    retryable = true },
  { name = "failed", meaning = "the task ended without a result" },
  { name = "timeout", meaning = "the deadline has passed; the task goes on", retryable = true },
  { name = "missing", meaning = "the vendor does not know the task" },
  { name = "expired", meaning = "the vendor no longer keeps the result" },
  { name = "download", meaning = "the result could not be fetched or stored", retryable = true },
  { name = "cancelled", meaning = "the job was cancelled", exit_code = 130 },
  { name = "budget", meaning = "max_new or max_credits is used up; nothing was sent" },
  { name = "key_conflict", meaning = "the option `key` was used before with another input" },
  { name = "journal", meaning = "the journal cannot be trusted or written" },
  { name = "config", meaning = "a setting is wrong", exit_code = 2 },
}

---@type table<reel.ErrorKind, reel.KindOfError>
Error.by_kind = {}
for _, kind in ipairs(Error.kinds) do Error.by_kind[kind.name] = kind end

function error_mt:__tostring()
  local position = self.where and self.where .. ": " or ""
  return position .. self.kind .. ": " .. self.message
end

--- Turns a plain table with `kind` and `message` into an error, in place.
---@param fields table   The table itself becomes the error; do not use it as a table afterwards.
---@return reel.Error
function Error.adopt(fields)
  local kind = assert(Error.by_kind[fields.kind], "unknown kind of error: "
    .. tostring(fields.kind))
  assert(type(fields.message) == "string", "an error needs a message")
  fields.message = text.message(fields.message, MAX_LINE)
  fields.hint = fields.hint and text.message(fields.hint, MAX_LINE)
  fields.where = fields.where and text.printable(fields.where)
  if fields.retryable == nil then fields.retryable = kind.retryable or false end
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
  if not info or info.currentline <= 0 then return nil end
  return text.printable(info.short_src) .. ":" .. info.currentline
end

--- Raises an error, which is given as a reel.Error or as the fields of one.
---@param fields table|reel.Error
---@param level? integer   As in `error`: 1 is the function that calls raise, 2 is its caller, and
---                        so on. The line where that function is becomes `where`; without a level,
---                        `where` stays as it is in `fields`.
function Error.raise(fields, level)
  local err = Error.is(fields) and fields or Error.new(fields)
  if level then err.where = position_of(level + 1) end
  error(err, 0)
end

local function values_or_error(ok, ...)
  if ok then return ... end
  local err = ...
  if Error.is(err) and err.kind ~= "cancelled" then return nil, err end
  error(err, 0)
end

--- Calls a function and returns its values, or nil and the reel.Error that it raised. Two sorts of
--- errors are raised again: what is not a reel.Error, since that is a programming mistake, and
--- "cancelled", which must end the job.
---@async
---@param fn function
---@param ... any   its arguments
---@return any ...
function Error.try(fn, ...)
  return values_or_error(pcall(fn, ...))
end

return Error
