-- A scripted HTTP server for specs, in a process of its own: it says exactly the bytes it is told,
-- breaks connections where it is told, and remembers what arrived.
--
--   local server = fake.start [[
--     return function(connection, n)          -- runs once for each connection
--       local request = connection:read()     -- nil: the peer has closed
--       connection:send "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
--     end                                     -- returning closes the connection
--   ]]
--   finally(function() server:stop() end)
--   ... server.url ...
--   assert.same({ "GET /" }, server:lines())
--
-- What a connection can do stands in fake_server.lua. A second argument says how many seconds the
-- process lives at most, 20 by default.

local fake = {}

local Server = {}
local server_mt = { __name = "fake.Server", __index = Server }

local folder = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$")

local function write_file(path, text)
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
end

local function read_file(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

local function entries(server, field)
  local found = {}
  for _, entry in ipairs(load("return {" .. (server.log or read_file(server.log_path)) .. "}")()) do
    if entry.error then error(entry.error, 3) end
    if entry[field] then found[#found + 1] = entry end
  end
  return found
end

-- All requests so far: { connection=, method=, target=, head=, body= }. Raises what the script did.
function Server:requests()
  return entries(self, "method")
end

-- What the script noted so far: { connection=, note= }.
function Server:notes()
  return entries(self, "note")
end

-- The same as "METHOD target".
function Server:lines()
  local lines = {}
  for i, request in ipairs(self:requests()) do
    lines[i] = request.method .. " " .. request.target
  end
  return lines
end

-- Ends the process; what it remembers can still be asked. Safe to call twice.
function Server:stop()
  if not self.pipe then return end
  os.execute("kill " .. self.pid)
  self.pipe:close()
  self.pipe = nil
  self.log = read_file(self.log_path)
  os.remove(self.log_path)
  os.remove(self.script_path)
end

-- A server that a spec forgot: closing its pipe would otherwise wait for the end of its life.
server_mt.__gc = Server.stop

function fake.start(script, life)
  local self = { script_path = os.tmpname(), log_path = os.tmpname() }
  write_file(self.script_path, script)
  self.pipe = io.popen(("echo $$; exec lua5.4 %s/fake_server.lua %s %s %d"):format(
    folder, self.script_path, self.log_path, life or 20))
  self.pid = self.pipe:read("l")
  local line = self.pipe:read("l")
  self.port = tonumber(line)
  setmetatable(self, server_mt)
  if not self.port then
    self:stop()
    error(line or "the fake server did not start", 2)
  end
  self.url = "http://127.0.0.1:" .. self.port
  return self
end

-- A URL of a port that refuses connections.
function fake.refusing_url()
  local server = fake.start "return function() end"
  server:stop()
  return server.url
end

return fake
