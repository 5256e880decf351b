-- The process behind support.fake: accepts connections on loopback and lets a script answer each of
-- them in a coroutine, byte for byte. It never outlives LIFE seconds.
--
-- usage: lua5.4 fake_server.lua SCRIPT LOG LIFE
-- Prints its port, or "error: ..." when the script does not load.

local socket = require "socket"

local script_path, log_path, life = ...
local deadline = socket.gettime() + life
local threads = {} -- coroutine -> what it waits for: { read=, write=, at= }
local log = assert(io.open(log_path, "a"))

---@class fake.Connection
---@field n integer   Connections are counted from 1, in the order of their arrival.
local Connection = {}
local connection_mt = { __name = "fake.Connection", __index = Connection }

local function record(entry)
  local fields = {}
  for name, value in pairs(entry) do
    fields[#fields + 1] = ("%s = %q"):format(name, value)
  end
  log:write("{ ", table.concat(fields, ", "), " },\n")
  log:flush()
end

-- Reads on until the buffer satisfies the function; nil when the peer has closed before.
local function fill_until(connection, find)
  while true do
    local found = find(connection.buffer)
    if found then return found end
    if connection.ended then return nil end
    local bytes, err, partial = connection.socket:receive(65536)
    connection.buffer = connection.buffer .. (bytes or partial)
    if err == "timeout" and partial == "" then
      coroutine.yield { read = connection.socket }
    elseif err and err ~= "timeout" then
      connection.ended = true
    end
  end
end

local function take(connection, size)
  if not fill_until(connection, function(buffer) return #buffer >= size end) then return nil end
  local bytes = connection.buffer:sub(1, size)
  connection.buffer = connection.buffer:sub(size + 1)
  return bytes
end

local function take_line(connection)
  local stop = fill_until(connection, function(buffer) return select(2, buffer:find("\r\n")) end)
  return stop and take(connection, stop)
end

local function take_chunks(connection)
  local body = {}
  while true do
    local line = take_line(connection)
    local size = line and tonumber(line:match("^%x+"), 16)
    if not size then return nil end
    body[#body + 1] = size > 0 and take(connection, size) or ""
    take_line(connection)
    if size == 0 then return table.concat(body) end
  end
end

local function take_body(connection, head)
  local lower = head:lower()
  if lower:find("\r\ntransfer%-encoding: chunked") then return take_chunks(connection) end
  return take(connection, tonumber(lower:match("\r\ncontent%-length: (%d+)")) or 0)
end

-- The next request, whole: { head=, method=, target=, body= }; nil when the peer has closed.
function Connection:read()
  local stop = fill_until(self, function(buffer) return select(2, buffer:find("\r\n\r\n")) end)
  local head = stop and take(self, stop)
  local body = head and take_body(self, head)
  if not body then return nil end
  local method, target = head:match("^(%S+) (%S+)")
  record { connection = self.n, method = method, target = target, head = head, body = body }
  return { head = head, method = method, target = target, body = body }
end

function Connection:send(bytes)
  local from = 1
  while from <= #bytes do
    local last, err, partial = self.socket:send(bytes, from)
    if err and err ~= "timeout" then return end
    from = (last or partial) + 1
    if from <= #bytes then coroutine.yield { write = self.socket } end
  end
end

-- A whole answer with its length.
function Connection:answer(status, body, headers)
  self:send(("HTTP/1.1 %d Scripted\r\n%sContent-Length: %d\r\n\r\n%s"):format(
    status, headers or "", #(body or ""), body or ""))
end

function Connection.sleep(_, seconds)
  coroutine.yield { at = socket.gettime() + seconds }
end

-- Remembers a word of the script's own.
function Connection:note(text)
  record { connection = self.n, note = text }
end

-- Says nothing until the peer gives up.
function Connection:hang()
  fill_until(self, function() return false end)
end

function Connection:close()
  self.socket:close()
  self.closed = true
end

-- Closes with a RST instead of a FIN.
function Connection:reset()
  self.socket:setoption("linger", { on = true, timeout = 0 })
  self:close()
end

local function step(thread, connection, script)
  local ok, wish = coroutine.resume(thread, connection, script)
  if not ok then record { error = tostring(wish) } end
  threads[thread] = ok and coroutine.status(thread) ~= "dead" and wish or nil
end

local function serve(connection, script)
  script(connection, connection.n)
  if not connection.closed then connection:close() end
end

local connections = 0
local function accept(listener, script)
  local client = listener:accept()
  while client do
    connections = connections + 1
    client:settimeout(0)
    client:setoption("tcp-nodelay", true)
    local connection = { socket = client, n = connections, buffer = "", ended = false }
    step(coroutine.create(serve), setmetatable(connection, connection_mt), script)
    client = listener:accept()
  end
end

local function wait(listener)
  local readers, writers, now = { listener }, {}, socket.gettime()
  local first = deadline
  for _, wish in pairs(threads) do
    readers[#readers + 1] = wish.read
    writers[#writers + 1] = wish.write
    if wish.at then first = math.min(first, wish.at) end
  end
  local readable, writable = socket.select(readers, writers, math.max(0, first - now))
  return readable, writable
end

local function is_due(wish, readable, writable)
  return wish.read and readable[wish.read] or wish.write and writable[wish.write]
    or wish.at and wish.at <= socket.gettime()
end

local function run(script)
  local listener = assert(socket.bind("127.0.0.1", 0, 1024))
  listener:settimeout(0)
  print((select(2, listener:getsockname())))
  io.stdout:flush()
  while socket.gettime() < deadline do
    local readable, writable = wait(listener)
    local due = {}
    for thread, wish in pairs(threads) do
      if is_due(wish, readable, writable) then due[#due + 1] = thread end
    end
    for _, thread in ipairs(due) do step(thread) end
    accept(listener, script)
  end
end

local chunk, err = loadfile(script_path)
if chunk then
  run(chunk())
else
  print("error: " .. err)
end
