-- Listens for callbacks. A callback is accepted if its path has the nonce of an attempt and, with a
-- webhook key, if it has a valid signature of its task id. Only the nonce and the task id are used;
-- the vendor's record tells the rest. A callback is on disk, in the journal's inbox, before it is
-- answered.
local Error = require "reel.base.error"
local core = require "reel.core.journal"
local inbox = require "reel.journal.inbox"
local job = require "reel.core.job"
local json = require "reel.base.json"
local log = require "reel.base.log"
local server = require "reel.core.server"
local config = require "reel.config"
local session = require "reel.session"
local signature = require "reel.vendor.signature"
local text = require "reel.base.text"

local listener = {}

local MAX_CONNECTIONS <const> = 64
local MAX_HEADER <const>, HEADER_TIMEOUT <const> = 8 * 1024, 5   -- bytes, seconds
local MAX_BODY <const>, BODY_TIMEOUT <const> = 256 * 1024, 10
local NONCE_LENGTH <const> = 32
local LOG_EVERY <const> = 10 -- seconds between log lines about the same fault
local SUCCESS <const> = '{"code":200,"msg":"success"}'

-- Faults ------------------------------------------------------------------------------------------

local logged_faults = {} -- fault -> when it was logged, and how often it has come since

-- Logs a fault, but not each time: strangers must not be able to fill the log.
local function log_fault(fault)
  local entry = logged_faults[fault]
  if entry and job.now() - entry.at < LOG_EVERY then
    entry.more = entry.more + 1
    return
  end
  local more = entry and entry.more > 0 and (" (and %d more like it)"):format(entry.more) or ""
  log.write("warn", "a callback was refused: " .. fault .. more)
  logged_faults[fault] = { at = job.now(), more = 0 }
end

local function refuse_callback(request, status, fault)
  log_fault(fault)
  request:respond({
    status = status, headers = status == 405 and { Allow = "POST" } or nil,
    body = ('{"code":%d,"msg":"not accepted"}'):format(status),
  })
end

-- Checks ------------------------------------------------------------------------------------------

local function is_id(value)
  return type(value) == "string" and #value <= 100 and value:find("^[%w%-_.]+$") ~= nil
end

-- The vendor's page calls the field taskId; its samples call it task_id.
local function claimed_task_id(body)
  local callback = json.decode(body, { max_bytes = MAX_BODY })
  local data = type(callback) == "table" and callback.data
  if type(data) ~= "table" then return nil end
  return is_id(data.taskId) and data.taskId or is_id(data.task_id) and data.task_id or nil
end

local unsent = { intent = true, withdrawn = true }

local function fault_of(attempt, claimed, headers)
  if unsent[attempt.state] then return 404, "its attempt was never sent" end
  local key = config.settings().webhook_key
  local fault = key and signature.fault(headers, claimed, key)
  if fault then return 403, fault end
  if attempt.task_id and claimed and claimed ~= attempt.task_id then
    return 403, "it names another task than its attempt has"
  end
end

-- Requests ----------------------------------------------------------------------------------------

local function store(nonce, claimed)
  core.crash_point("Tc-before")
  inbox.store(session.journal(), nonce, claimed)
  core.crash_point("Tc")
end

-- The cheapest checks come first, so that a stranger causes at most one read of the journal.
local function answer_request(request, on_callback)
  if request.method ~= "POST" then return refuse_callback(request, 405, "it is not a POST") end
  local nonce = request.path:match("/(%x+)$") or ""
  if #nonce ~= NONCE_LENGTH then return refuse_callback(request, 404, "its path has no nonce") end
  local attempt = inbox.attempt(session.journal(), nonce)
  if not attempt then return refuse_callback(request, 404, "its nonce is unknown") end
  local claimed = claimed_task_id(request.body)
  local status, fault = fault_of(attempt, claimed, request.headers)
  if status then return refuse_callback(request, status, fault) end
  store(nonce, claimed)
  request:respond({ headers = { ["Content-Type"] = "application/json" }, body = SUCCESS })
  on_callback()
end

-- After any answer other than a success, the vendor sends the callback again.
local function serve(socket, on_callback)
  while true do
    local request = socket:accept()
    if not request then return end
    local ok, err = pcall(answer_request, request, on_callback)
    if not ok then
      if rawequal(err, job.cancelled) then return end
      log.write("error", "a callback could not be stored: " .. tostring(err))
      request:respond({ status = 503 })
    end
  end
end

---@class reel.Listener
---@field address string   the address that listener.open was called with
---@field url string       the URL at which it listens
local Listener = {}
Listener.__index = Listener

--- Stops listening.
function Listener:close()
  self._listener:close()
end

local function raise_unusable(address, message)
  Error.raise({ kind = "config", message = ("cannot listen on callback_listen %s: %s"):format(
    text.line(address, 80), message) })
end

--- Listens for callbacks. Raises "config" when the address cannot be listened on.
---@param address string      "HOST:PORT"; the host is numeric
---@param on_callback fun()   called after each callback that was stored
---@return reel.Listener?     nil: another process listens at the address
function listener.open(address, on_callback)
  local host, port = address:gsub("^localhost:", "127.0.0.1:"):match("^%[?(.-)%]?:(%d+)$")
  local socket, word, message = server.listen({
    host = host, port = math.tointeger(port), max_connections = MAX_CONNECTIONS,
    max_header = MAX_HEADER, header_timeout = HEADER_TIMEOUT,
    max_body = MAX_BODY, body_timeout = BODY_TIMEOUT,
  })
  if not socket then
    if word == "busy" then return nil end
    raise_unusable(address, message or word)
  end
  job.spawn(serve, socket, on_callback):detach()
  local shown = host:find(":", 1, true) and "[" .. host .. "]" or host
  return setmetatable({
    address = address, url = ("http://%s:%d"):format(shown, socket.port), _listener = socket,
  }, Listener)
end

return listener
