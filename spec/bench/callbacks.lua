-- How long after a task's end its job goes on, when nothing but the callback tells of it: 200 tasks
-- of `reel serve` with a webhook key, queries of their own accord once a minute.
--   lua5.4 spec/bench/callbacks.lua [CREATES PER SECOND]    from the root, after a build
-- The vendor takes 2 creates a second; default 20.
local build = os.getenv("REEL_BUILD_DIR") or "build"
local rate = tonumber(arg[1] or 20)
package.path = "./lua/?.lua;./lua/?/init.lua;" .. package.path
package.cpath = build .. "/lib/?.so;" .. package.cpath

local reel = require "reel"
local api = require "reel.vendor.api"
local reconcile = require "reel.webhook.reconcile"
local http = require "reel.core.http"
local job = require "reel.core.job"
local json = require "reel.base.json"
local results = require "reel.tasks.results"
local process = require "reel.core.process"
local server = require "reel.core.server"
local config = require "reel.config"

local TASKS <const>, KEY <const> = 200, "webhook-key-of-a-bench"
local CREATES <const> = 20 -- tasks that are made to compare the clocks

local function free_port()
  local listener = assert(server.listen {})
  local port = listener.port
  listener:close()
  return port
end

local folder = os.tmpname()
os.remove(folder)
assert(os.execute("mkdir -m 700 " .. folder))
local service_port, listener_port = free_port(), free_port()
local service = job.spawn(process.run, {
  argv = { "env", "REEL_SERVE_WEBHOOK_KEY=" .. KEY, build .. "/bin/reel", "serve", "--port",
    tostring(service_port), "--root", folder .. "/local", "--rate", "0", "--no-render",
    "--allow-private", "--quiet" },
  timeout = 120,
})

config.start({}, folder)
reel.configure {
  base_url = "http://127.0.0.1:" .. service_port, api_key = "any", webhook_key = KEY,
  callback_url = "http://127.0.0.1:" .. listener_port,
  callback_listen = "127.0.0.1:" .. listener_port,
  journal = folder .. "/journal.db", create_rate = rate .. "/1", poll_first = 60, poll_max = 60,
  log_level = "warn",
}

local function await_service()
  local deadline = job.now() + 10
  while not reel.try(reel.credits) do
    assert(job.now() < deadline, "the service did not start")
    job.sleep(0.05)
  end
end

-- The offset between the service's milliseconds and ours, and its uncertainty. Both count the same
-- monotonic clock, the service from a second of the wall clock. The service stamps each create
-- between the two times that are taken here.
local function clock_offset()
  local low, high = -math.huge, math.huge
  for i = 1, CREATES do
    local asked = job.now() * 1000
    local answer = assert(http.request {
      method = "POST", url = api.url("create"), headers = api.headers(),
      body = ('{"model":"sora-2-text-to-video","input":{"prompt":"clock %d"}}'):format(i),
    })
    local answered = job.now() * 1000
    local created_ms = api.query(json.decode(answer.body).data.taskId).record.created_ms
    low, high = math.max(low, created_ms - answered), math.min(high, created_ms + 1 - asked)
  end
  return (low + high) / 2, (high - low) / 2
end

local function percentile(sorted, share)
  return sorted[math.max(1, math.ceil(#sorted * share))]
end

local function make(number)
  local task = reel.text_to_video { prompt = "a dune, number " .. number }
  task:wait()
  return { id = task.id, woken_ms = job.now() * 1000 }
end

await_service()
local numbers, latencies = {}, {}
for i = 1, TASKS do numbers[i] = i end
local runs = reel.map(numbers, make)
local offset, doubt = clock_offset()
for i, run in ipairs(runs) do
  latencies[i] = run.woken_ms + offset - api.query(run.id).record.completed_ms
end
table.sort(latencies)
print(("%d tasks, %g a second: from a task's end until its job goes on"):format(TASKS, rate))
print(("p50 %.0f ms, p99 %.0f ms, most %.0f ms (+/- %.0f ms)"):format(percentile(latencies, 0.5),
  percentile(latencies, 0.99), latencies[#latencies], doubt))

results.finish(20)
reconcile.stop()
service:cancel()
service:join(5)
os.execute("rm -rf " .. folder)
