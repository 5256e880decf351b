-- Plain requests to a local service that runs in this process, as the API document writes them.
require "reel.core"
local canonical_json = require "reel.base.canonical_json"
local http = require "reel.core.http"
local job = require "reel.core.job"
local json = require "reel.base.json"
local service = require "reel.service"

local client = {}

local TEXT <const> = "sora-2-text-to-video"
local SETTLE_S <const> = 90 -- renders are nice, so a busy machine starves them

function client.new_root()
  local root = os.tmpname()
  os.remove(root)
  return root
end

function client.remove_root(root)
  os.execute("rm -rf " .. root)
end

---A fast service without rendering in a folder of its own, which posts callbacks to this machine;
---options override.
function client.start(options)
  local settings = {
    root = client.new_root(), render = false, speed = 50, rate = 0, allow_private = true,
  }
  for name, value in pairs(options or {}) do
    settings[name] = value
  end
  local started, word, message = service.start(settings)
  assert(started, message or word)
  started.root = settings.root
  return started
end

---Stops it and removes its folder.
function client.finish(started)
  started:stop()
  client.remove_root(started.root)
end

---One request; the answer's body is decoded when it is JSON.
function client.request(started, method, path, options)
  options = options or {}
  local headers = { "Authorization: Bearer " .. (options.key or "test-key") }
  for _, header in ipairs(options.headers or {}) do
    headers[#headers + 1] = header
  end
  local answer = assert(http.request {
    method = method, url = started.url .. path, headers = headers, body = options.body,
    timeout = 10, max_body = 4 * 1024 * 1024,
  })
  return json.decode(answer.body), answer
end

function client.get(started, path, options)
  return client.request(started, "GET", path, options)
end

function client.post(started, path, value)
  return client.request(started, "POST", path, {
    body = type(value) == "string" and value or canonical_json.encode(value),
    headers = { "Content-Type: application/json" },
  })
end

---The answer to a create; input may be the prompt of a text-to-video task.
function client.create(started, input, model, callback_url)
  if type(input) == "string" then input = { prompt = input } end
  return client.post(started, "/api/v1/jobs/createTask", {
    model = model or TEXT, input = input, callBackUrl = callback_url,
  })
end

---Creates a task that must be accepted; its id.
function client.task(started, ...)
  local answer = client.create(started, ...)
  assert(answer.code == 200, answer.msg)
  return answer.data.taskId
end

function client.record(started, id)
  return client.get(started, "/api/v1/jobs/recordInfo?taskId=" .. id)
end

---Polls until the task has ended; its data.
function client.settle(started, id)
  local deadline = job.now() + SETTLE_S
  while job.now() < deadline do
    local data = client.record(started, id).data
    if data.state == "success" or data.state == "fail" then return data end
    job.sleep(0.01)
  end
  error("the task did not end in time")
end

---A finished task; its data.
function client.finished(started, ...)
  return client.settle(started, client.task(started, ...))
end

---The decoded result of a successful task.
function client.result(data)
  assert(data.state == "success", tostring(data.failMsg))
  return json.decode(data.resultJson)
end

return client
