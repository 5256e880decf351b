-- A headless Chromium, led by the WebDriver protocol (W3C) through chromedriver on loopback:
--
--   local browser = browsers.start(folder)
--   finally(function() browser:stop() end)
--   browser:open("file:///...")
--   assert.equal(3, browser:run("return document.images.length"))
--
require "reel.core"
local canonical_json = require "reel.base.canonical_json"
local http = require "reel.core.http"
local job = require "reel.core.job"
local json = require "reel.base.json"
local process = require "reel.core.process"

local browsers = {}

local Browser = {}
Browser.__index = Browser

local START_TIMEOUT <const>, REQUEST_TIMEOUT <const>, LIFETIME <const> = 30, 30, 110 -- seconds
local STARTS <const> = 3 -- of the browser
local PAUSE <const> = 0.02
local MAX_ANSWER <const> = 64 * 1024 * 1024

local arguments = {
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
  "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--window-size=1280,900",
}

--- Whether this machine has the browser and its driver, which finds it under the name localhost; a
--- tree without /etc/hosts does not know that name.
function browsers.are_here()
  local found = process.run {
    argv = { "sh", "-c", "command -v chromium && command -v chromedriver"
      .. " && getent hosts localhost" }, timeout = 5,
  }
  return found ~= nil and found.code == 0
end

local function wait_for(seconds, look)
  local deadline = job.now() + seconds
  while true do
    local found = look()
    if found then return found end
    if job.now() > deadline then return nil end
    job.sleep(PAUSE)
  end
end

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a") or ""
end

function Browser:_send(method, path, body)
  local answer, word, message = http.request {
    method = method, url = self.url .. path, body = body and canonical_json.encode(body),
    headers = { "Content-Type: application/json" }, timeout = REQUEST_TIMEOUT,
    max_body = MAX_ANSWER,
  }
  if not answer then error(word .. ": " .. message, 0) end
  local found = assert(json.decode(answer.body, { max_bytes = MAX_ANSWER }))
  if answer.status ~= 200 then error(found.value.message, 0) end
  return found.value
end

-- A new browser with an empty profile. On a busy machine the driver may lose the browser while it
-- starts, so a failed start is tried again.
local function open_session(self)
  local wanted = { capabilities = { alwaysMatch = {
    browserName = "chrome", ["goog:chromeOptions"] = { args = json.array(arguments) },
    ["goog:loggingPrefs"] = { browser = "ALL" },
  } } }
  local ok, opened
  for _ = 1, STARTS do
    ok, opened = pcall(self._send, self, "POST", "/session", wanted)
    if ok then break end
  end
  if not ok then error(opened, 0) end
  self.url = self.url .. "/session/" .. opened.sessionId
end

--- Starts one. Its files go into a folder, which must be empty and is not removed. It ends by
--- itself when nobody stops it, since whoever started it may be killed.
---@param folder string
function browsers.start(folder)
  local self, output = setmetatable({}, Browser), folder .. "/driver.txt"
  self.driver = job.spawn(process.run, {
    argv = { "env", "TMPDIR=" .. folder, "HOME=" .. folder, "sh", "-c",
      'exec timeout "$1" chromedriver --port=0 >"$2" 2>&1', "sh", tostring(LIFETIME), output },
  })
  self.driver:detach()
  local port = wait_for(START_TIMEOUT, function()
    return read(output):match("successfully on port (%d+)")
  end)
  if not port then error("chromedriver did not start: " .. read(output)) end
  self.url = "http://127.0.0.1:" .. port
  open_session(self)
  return self
end

--- Goes to a page and waits until it is loaded.
function Browser:open(url)
  self:_send("POST", "/url", { url = url })
end

--- Runs the body of a JavaScript function in the page and returns what it returns.
function Browser:run(script, ...)
  return self:_send("POST", "/execute/sync", { script = script, args = json.array { ... } })
end

--- Waits until a script returns true, at most so many seconds.
function Browser:wait(script, seconds)
  return wait_for(seconds, function() return self:run(script) == true end) or false
end

--- A command of the DevTools protocol.
function Browser:command(name, parameters)
  return self:_send("POST", "/goog/cdp/execute", { cmd = name, params = parameters or {} })
end

--- Sets what the page sees of the screen.
---@param width integer
---@param scheme "light"|"dark"
function Browser:pretend(width, scheme)
  self:command("Emulation.setDeviceMetricsOverride",
    { width = width, height = 900, deviceScaleFactor = 1, mobile = width < 600 })
  self:command("Emulation.setEmulatedMedia", { features = json.array {
    { name = "prefers-color-scheme", value = scheme },
  } })
end

--- Types keys into what has the focus.
function Browser:type(keys)
  local actions = {}
  for _, code in utf8.codes(keys) do
    actions[#actions + 1] = { type = "keyDown", value = utf8.char(code) }
    actions[#actions + 1] = { type = "keyUp", value = utf8.char(code) }
  end
  self:_send("POST", "/actions", { actions = json.array {
    { type = "key", id = "keyboard", actions = json.array(actions) },
  } })
end

--- What the page and the browser said on the console since the last call.
---@return string[]
function Browser:console()
  local said = {}
  for i, entry in ipairs(self:_send("POST", "/se/log", { type = "browser" })) do
    said[i] = entry.level .. ": " .. entry.message
  end
  return said
end

--- Ends it.
function Browser:stop()
  pcall(self._send, self, "DELETE", "")
  self.driver:cancel()
  self.driver:join(REQUEST_TIMEOUT)
end

return browsers
