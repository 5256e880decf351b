-- A library that receives callbacks, and functions that deliver callbacks as the vendor does. A
-- fake vendor answers queries. The library queries a task only once a minute, so whatever it learns
-- sooner, it has learned from a callback.
--
--   local opened = webhook.start { polls = 0 }             -- options of vendor.start
--   finally(function() opened:finish() end)
--   local task = opened.reel.text_to_video { prompt = "a dune" }
--   assert.equal(200, (opened:deliver(1)))                 -- for the first task of the ledger
local canonical_json = require "reel.base.canonical_json"
local fresh_reel = require "support.fresh_reel"
local http = require "reel.core" and require "reel.core.http"
local journals = require "support.journals"
local json = require "reel.base.json"
local signature = require "reel.vendor.signature"
local vendor = require "support.vendor"
local wait_until = require "support.wait_until"

local session -- of the reel in use

local webhook = {}

local Webhook = {}
Webhook.__index = Webhook

webhook.KEY = "webhook-key-of-a-spec"
webhook.BASE = "http://callbacks.invalid/hooks/reel"

--- Starts the library again, as another process would, with the same vendor and journal.
function Webhook:restart(settings)
  self:forget()
  self.reel = fresh_reel(nil, self.service.folder)
  self.lines = {}
  require("reel.base.log").set_sink(function(level, text)
    table.insert(self.lines, level .. ": " .. text)
  end)
  local all = self.service:settings({
    poll_first = 60, poll_max = 60, journal = self.service.folder .. "/journal.db",
    callback_url = webhook.BASE, webhook_key = webhook.KEY,
  })
  for name, value in pairs(settings or {}) do all[name] = value or nil end
  self.reel.configure(all)
  self.reconcile = require "reel.webhook.reconcile"
  session = require "reel.session"
  return self.reel
end

--- Ends the listener and closes the journal, as the end of a process does.
function Webhook:forget()
  if not self.reconcile then return end
  self.reconcile.stop()
  require("reel.tasks.results").finish(2)
  session.journal():rows("SELECT 1") -- waits for the writes that were posted before
  session.journal():close()
  self.reconcile = nil
end

--- A setting with the value false is left out.
function webhook.start(options, settings)
  local self = setmetatable({ service = vendor.start(options) }, Webhook)
  self:restart(settings)
  return self
end

--- Only delivers callbacks, to a listener of another process.
---@param service table   of support.vendor
---@param url string
function webhook.at(service, url)
  return setmetatable({ service = service, fixed_url = url, lines = {} }, Webhook)
end

function Webhook:finish()
  self:forget()
  self.service:stop()
end

--- The URL of the listener.
function Webhook:url()
  if self.fixed_url then return self.fixed_url end
  for _, line in ipairs(self.lines) do
    local url = line:match("are received at (http://%S+)$")
    if url then return url end
  end
  error("there is no listener", 2)
end

--- How often something was logged.
function Webhook:count_lines(pattern)
  local count = 0
  for _, line in ipairs(self.lines) do
    if line:find(pattern) then count = count + 1 end
  end
  return count
end

--- The id and the nonce of a task in the ledger.
function Webhook:task(place)
  local entry = self.service:ledger()[place]
  local url = json.decode(entry.body).callBackUrl
  return entry.task_id, url and url:match("/(%x+)$"), url
end

local function headers_for(id, changes)
  local timestamp = changes.timestamp or tostring(os.time())
  if changes.key == false then return {} end
  return {
    "X-Webhook-Timestamp: " .. timestamp,
    "X-Webhook-Signature: " .. signature.of(id, timestamp, changes.key or webhook.KEY),
  }
end

--- Delivers a callback as the vendor does. `changes` says what is different: nonce, id, key (false:
--- unsigned), timestamp, data, method, path, body, url. Returns the status and the body of the
--- answer.
function Webhook:deliver(place, changes)
  changes = changes or {}
  local id, nonce = self:task(place)
  id, nonce = changes.id or id, changes.nonce or nonce
  local data = { taskId = id, state = "success" }
  for name, value in pairs(changes.data or {}) do data[name] = value end
  local answer, word = http.request({
    url = (changes.url or self:url()) .. (changes.path or "/hooks/reel/" .. nonce),
    method = changes.method or "POST", headers = headers_for(id, changes), timeout = 15,
    body = changes.body or canonical_json.encode({ code = 200, msg = "success", data = data }),
  })
  if not answer then return word end
  return answer.status, answer.body
end

--- Rows of the journal.
function Webhook.rows(_, text, ...)
  return journals.rows(session.journal().core, text, ...)
end

--- The state and the task of an attempt.
function Webhook.attempt(_, number)
  local row = session.journal():attempt(number)
  return row and row.state, row and row.task_id
end

--- Waits until an attempt has a state.
function Webhook:wait_for_state(number, state)
  wait_until(function() return self:attempt(number) == state end)
end

return webhook
