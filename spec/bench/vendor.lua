-- A fast vendor for the benches. It accepts every createTask, and reports every task as done from
-- SECONDS after the first query of it.
--   lua5.4 spec/bench/vendor.lua SECONDS    from the root, after a build; prints its URL
-- GET /queries returns the number of queries so far.
package.path = "./lua/?.lua;./lua/?/init.lua;" .. package.path
package.cpath = (os.getenv("REEL_BUILD_DIR") or "build") .. "/lib/?.so;" .. package.cpath
require "reel.core"
local job = require "reel.core.job"
local server = require "reel.core.server"

local CLIP <const> = "\0\0\0\24ftypisom\0\0\2\0isomiso2"
local RECORD <const> = '{"code":200,"msg":"success","data":{"taskId":"%s","model":"%s",'
  .. '"state":"%s","param":"{\\"model\\":\\"%s\\",\\"input\\":{\\"prompt\\":\\"a dune\\"}}",'
  .. '"resultJson":"%s","failCode":null,"failMsg":null,"costTime":null,"completeTime":null,'
  .. '"createTime":1757584164490}}'
local MODEL <const> = "sora-2-text-to-video"

local seconds = tonumber(arg[1])
local listener = assert(server.listen { max_connections = 1000 })
local url = "http://127.0.0.1:" .. listener.port
local first_queries, creates, queries = {}, 0, 0

local function record(id)
  queries = queries + 1
  local now = job.now()
  first_queries[id] = first_queries[id] or now
  local is_done = now - first_queries[id] >= seconds
  -- A task that was attached by id has no file, so that only the queries are measured.
  local has_file = id:find("^created") and is_done
  local result = has_file and ('{\\"resultUrls\\":[\\"%s/files/%s.mp4\\"]}'):format(url, id) or ""
  return RECORD:format(id, MODEL, is_done and "success" or "generating", MODEL, result)
end

local function answer(request)
  if request.path == "/queries" then return tostring(queries) end
  if request.path:find("^/files/") then return CLIP .. request.path, "video/mp4" end
  if request.path == "/api/v1/jobs/recordInfo" then return record(request.query.taskId) end
  creates = creates + 1
  return ('{"code":200,"msg":"success","data":{"taskId":"created%d"}}'):format(creates)
end

print(url)
io.stdout:flush()
while true do
  local request = assert(listener:accept())
  local body, media_type = answer(request)
  request:respond { body = body, headers = { ["content-type"] = media_type or "application/json" } }
end
