-- What the fake vendor does with a request, in the process of fake_server.lua. What stands in
-- the queues comes first, a well-behaved answer is the default. The items of a queue:
--   "ok"      the default
--   a name    a fault of vendor_faults.lua, or "code_402" for that code as JSON
--   a table   an answer: { status=, code=, msg=, headers=, body=, accept=, record= }; `accept` puts
--             the task into the ledger, `record` holds fields to change in the record of the task
--   function  (connection, request, service): all bytes are its own
local cjson = require "cjson"
local faults = require "vendor_faults"

local Service = {}
Service.__index = Service

local CLIP <const> = "\0\0\0\24ftypisom\0\0\2\0isomiso2"

local sorts = { "create", "record", "upload", "file", "credit", "link" }

local routes = {
  ["POST /api/v1/jobs/createTask"] = "create",
  ["GET /api/v1/jobs/recordInfo"] = "record",
  ["POST /api/file-stream-upload"] = "upload",
  ["GET /api/v1/chat/credit"] = "credit",
  ["POST /api/v1/common/download-url"] = "link",
}

local function route_of(request)
  local path = request.target:match("^[^?]*")
  local is_file = request.method == "GET" and path:find("^/files/")
  return is_file and "file" or routes[request.method .. " " .. path]
end

local function header(request, name)
  return request.head:lower():match("\r\n" .. name .. ": ([^\r]*)")
end

local function answer_json(connection, value, status, headers)
  local body = type(value) == "string" and value or cjson.encode(value)
  connection:answer(status or 200, body, "Content-Type: application/json\r\n" .. (headers or ""))
end

-- Tasks -------------------------------------------------------------------------------------------

--- Accepts the task of a createTask: from here on it is billed. Other requests pass.
---@return string? task_id
function Service:accept(request)
  if route_of(request) ~= "create" then return end
  self.accepted = self.accepted + 1
  local id = ("%016x%016x"):format(self.seed, self.accepted)
  self.ledger:write(("{ task_id = %q, body = %q },\n"):format(id, request.body))
  self.ledger:flush()
  self.tasks[id] = { request = cjson.decode(request.body), polls = 0, created = os.time() * 1000 }
  self.last_id = id
  return id
end

function Service.link(_, request, path)
  return "http://" .. header(request, "host") .. path
end

local function result_of(service, request, id, task)
  if task.request.model == "sora-2-characters-pro" then
    local name = task.request.input.character_user_name or "name" .. id:sub(-3)
    return { resultObject = { character_id = "character_" .. id, character_user_name = name } }
  end
  return { resultUrls = { service:link(request, "/files/" .. id .. ".mp4") } }
end

local function record_of(service, request, id, task)
  local done = task.polls > service.polls
  local param = { model = task.request.model, callBackUrl = task.request.callBackUrl,
    input = cjson.encode(task.request.input) }
  local record = {
    taskId = id, model = task.request.model, state = done and "success" or "waiting",
    param = cjson.encode(param), resultJson = "", failCode = cjson.null, failMsg = cjson.null,
    costTime = cjson.null, completeTime = cjson.null, createTime = task.created,
  }
  if not done then return record end
  record.resultJson = cjson.encode(result_of(service, request, id, task))
  record.costTime, record.completeTime = 2, task.created + 2000
  for name, value in pairs(service.outcome) do record[name] = value end
  return record
end

-- Well-behaved answers ----------------------------------------------------------------------------

local answers = {}

function answers.create(service, connection, request)
  local id = service:accept(request)
  answer_json(connection, { code = 200, msg = "success", data = { taskId = id, recordId = id } })
end

function answers.record(service, connection, request, changes)
  local id = request.target:match("[?&]taskId=([^&]*)")
  local task = service.tasks[id]
  if not task then
    return answer_json(connection, '{"code":422,"msg":"recordInfo is null","data":null}')
  end
  task.polls = task.polls + 1
  local record = record_of(service, request, id, task)
  for name, value in pairs(changes or {}) do record[name] = value end
  answer_json(connection, { code = 200, msg = "success", data = record })
end

function answers.upload(service, connection, request)
  local name = request.body:match('name="fileName"\r\n\r\n([^\r]*)')
  local url = service:link(request, "/files/" .. name)
  answer_json(connection, { success = true, code = 200, msg = "File uploaded successfully",
    data = { fileName = name, filePath = "kieai/0/" .. name, downloadUrl = url } })
end

function answers.credit(_, connection)
  answer_json(connection, '{"code":200,"msg":"success","data":5916.25}')
end

-- A fresh link to a result that is no longer kept.
function answers.link(_, connection)
  answer_json(connection, '{"code":422,"msg":"url is wrong","data":null}')
end

function answers.file(_, connection, request)
  connection:answer(200, CLIP .. request.target, "Content-Type: video/mp4\r\n")
end

-- Requests ----------------------------------------------------------------------------------------

local function play_answer(service, connection, request, item)
  if item.accept then service:accept(request) end
  if item.record then return answers.record(service, connection, request, item.record) end
  local body = item.body
  if not body then
    body = { code = item.code or 200, msg = item.msg or "some text", data = cjson.null }
  end
  answer_json(connection, body, item.status, item.headers)
end

local function play(service, connection, request, sort, item)
  if item == nil or item == "ok" then return answers[sort](service, connection, request) end
  if type(item) == "function" then return item(connection, request, service) end
  if type(item) == "table" then return play_answer(service, connection, request, item) end
  local code = math.tointeger(item:match("^code_(%d+)$"))
  if code then return play_answer(service, connection, request, { code = code }) end
  assert(faults[item], "there is no fault " .. item)(connection, request, service)
end

local function is_allowed(service, sort, request)
  return sort == "file" or request.head:find("\r\nAuthorization: Bearer " .. service.key .. "\r\n",
    1, true)
end

local function control(service, connection, request)
  assert(load(request.body))(service)
  connection:answer(200, "", "Connection: close\r\n")
  connection:close()
end

local function handle(service, connection, request)
  if request.target == "/.vendor" then return control(service, connection, request) end
  local sort = route_of(request)
  if not sort then return connection:answer(404, "") end
  local queue = service.queues[sort]
  local item = table.remove(queue, 1)
  if item == nil then item = queue.always end
  if item == nil and not is_allowed(service, sort, request) then
    return answer_json(connection, '{"code":401,"msg":"You do not have access permissions"}')
  end
  play(service, connection, request, sort, item)
end

return function(options)
  local service = setmetatable({
    key = options.key, polls = options.polls or 1, outcome = options.outcome or {},
    redirect_to = options.redirect_to or "", queues = {}, tasks = {}, accepted = 0,
    seed = math.random(0), ledger = assert(io.open(options.ledger_path, "a")),
  }, Service)
  for _, sort in ipairs(sorts) do service.queues[sort] = options[sort] or {} end
  return function(connection)
    local request = connection:read()
    while request do
      handle(service, connection, request)
      request = not connection.closed and connection:read()
    end
  end
end
