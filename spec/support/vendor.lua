-- A fake vendor in a process of its own. It takes createTask, recordInfo, uploads, credits and
-- downloads as the live service does, breaks any of them on demand, and writes every task that it
-- accepted into a ledger: what the account would be charged for, whatever the client believes.
--
--   local service = vendor.start { polls = 2, create = { "reset", { code = 402 }, "ok" } }
--   finally(function() service:stop() end)
--   reel.configure(service:settings())
--   ...
--   assert.equal(1, #service:ledger())
--
-- Options, all of them optional:
--   key      the API key that is accepted; default "key-of-a-spec"
--   polls    queries of a task that find it waiting before one finds it done; default 1
--   outcome  fields of every record once its task is done, e.g. { state = "fail", failMsg = "…" }
--   create, record, upload, file, credit, link
--            what happens to the first, second, … request of this sort: the name of a fault
--            (vendor_faults.lua), an answer (vendor_service.lua), a function(connection, request,
--            service) without upvalues, or "ok". `always` is for all that follow.
--   life     seconds until the process ends by itself; default 20
--
-- `service.folder` is an empty folder for the client that lasts until stop.
local fake = require "support.fake"
local lfs = require "lfs"
local socket = require "socket"

local vendor = {}

local Vendor = {}
Vendor.__index = Vendor

local CONTROL <const> = "/.vendor"
local folder = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$")

local targets = {
  create = "^/api/v1/jobs/createTask", record = "^/api/v1/jobs/recordInfo",
  upload = "^/api/file%-stream%-upload", file = "^/files/", credit = "^/api/v1/chat/credit",
  link = "^/api/v1/common/download%-url",
}

local write -- forward: tables hold functions

local writers = {
  table = function(value)
    local fields = {}
    for key, item in pairs(value) do
      fields[#fields + 1] = ("[%s] = %s"):format(write(key), write(item))
    end
    return "{" .. table.concat(fields, ", ") .. "}"
  end,
  ["function"] = function(value)
    local name = debug.getupvalue(value, 1)
    assert(not debug.getupvalue(value, 2) and (not name or name == "_ENV"),
      "a fault runs in another process and cannot take upvalues along")
    return ("load(%q, 'fault', 'b')"):format(string.dump(value))
  end,
}

function write(value)
  local writer = writers[type(value)]
  return writer and writer(value) or ("%q"):format(value)
end

local function new_folder()
  local path = os.tmpname()
  assert(os.remove(path))
  assert(lfs.mkdir(path))
  return path
end

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local bytes = file:read "a"
  file:close()
  return bytes
end

function vendor.start(options)
  local self = setmetatable({}, Vendor)
  local copy = { key = "key-of-a-spec" }
  for name, value in pairs(options or {}) do copy[name] = value end
  copy.ledger_path = copy.ledger_path or os.tmpname()
  self.key, self.ledger_path = copy.key, copy.ledger_path
  local script = "package.path = %q .. package.path\nreturn require('vendor_service')(%s)"
  self.server = fake.start(script:format(folder .. "/?.lua;", write(copy)), copy.life)
  self.url, self.folder = self.server.url, new_folder()
  return self
end

--- Settings for reel.configure: this vendor, asked as often as possible.
---@param more table?
function Vendor:settings(more)
  local settings = {
    base_url = self.url, api_key = self.key, poll_first = 0.05, poll_max = 0.05, journal = "none",
    wait_timeout = 10,
  }
  for name, value in pairs(more or {}) do settings[name] = value end
  return settings
end

--- All requests that arrived, or those of a sort: { connection=, method=, target=, head=, body= }.
---@param sort "create"|"record"|"upload"|"file"|"credit"|"link"|nil
function Vendor:requests(sort)
  local found, pattern = {}, targets[sort] or "^/"
  for _, request in ipairs(self.server:requests()) do
    if request.target ~= CONTROL and request.target:find(pattern) then
      found[#found + 1] = request
    end
  end
  return found
end

function Vendor:count(sort)
  return #self:requests(sort)
end

--- The tasks that were accepted, in order: { task_id=, body= }.
function Vendor:ledger()
  return load("return {" .. (self.kept_ledger or read_file(self.ledger_path)) .. "}")()
end

--- Waits until so many requests of a sort have arrived.
function Vendor:wait_for(sort, count)
  local wait_until = require "support.wait_until"
  wait_until(function() return self:count(sort) >= count end)
end

-- Runs a function(service) without upvalues in the vendor's process, between two requests.
function Vendor:control(fn, ...)
  local chunk = ("return (%s)(..., %s)"):format(write(fn), write({ ... }))
  local client = assert(socket.connect("127.0.0.1", self.server.port))
  client:settimeout(5)
  assert(client:send(("POST %s HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s"):format(CONTROL, #chunk,
    chunk)))
  local answer = assert(client:receive("*a"))
  client:close()
  assert(answer:find("^HTTP/1.1 200 "), answer)
end

--- Sets what happens to the next requests of a sort, as in the options.
function Vendor:script(sort, items)
  self:control(function(service, arguments)
    service.queues[arguments[1]] = arguments[2]
  end, sort, items)
end

--- Ends the process; what it remembers can still be asked. Safe to call twice.
function Vendor:stop()
  if self.kept_ledger then return end
  self.server:stop()
  self.kept_ledger = read_file(self.ledger_path)
  os.remove(self.ledger_path)
  os.execute(("rm -rf '%s'"):format(self.folder))
end

return vendor
