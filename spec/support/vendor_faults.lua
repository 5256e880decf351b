-- What may go wrong with an answer, by name. Those in which the client cannot tell whether the task
-- was taken do take it: the worst case is the one to test.
local faults = {}

local CREATED <const> = '{"code":200,"msg":"success","data":{"taskId":"%s"}}'

function faults.reset(connection, request, service)
  service:accept(request)
  connection:reset()
end

function faults.close(connection, request, service)
  service:accept(request)
  connection:close()
end

function faults.hang(connection, request, service)
  service:accept(request)
  connection:hang()
end

-- Sends bytes and closes.
local function cut(bytes)
  return function(connection, request, service)
    local id = service:accept(request)
    connection:send((bytes:gsub("BODY", CREATED:format(id or ""))))
    connection:close()
  end
end

faults.cut_status = cut("HTTP/1.1 20")
faults.cut_headers = cut("HTTP/1.1 200 OK\r\nContent-Type: application/js")
faults.cut_body = cut('HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nBODY')
faults.cut_chunked = cut('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"code":200,')
faults.cut_close_delimited = cut('HTTP/1.1 200 OK\r\n\r\n{"code":200,"msg":"succ')

-- A whole answer after which the connection stays.
local function answer(status, body, headers)
  return function(connection, request, service)
    service:accept(request)
    connection:answer(status, body, headers)
  end
end

local HTML <const> = "Content-Type: text/html\r\n"

faults.html_502 = answer(502, "<html><h1>502 Bad Gateway</h1></html>", HTML)
faults.html_200 = answer(200, "<html><h1>Welcome</h1></html>", HTML)
faults.empty_200 = answer(200, "")
faults.truncated_json = answer(200, '{"code":200,"msg":"success","data":{"task')
faults.no_task_id = answer(200, '{"code":200,"msg":"success","data":{}}')
faults.expect_417 = answer(417, "")

-- The edge turns away what the service never sees.
function faults.html_403(connection)
  connection:answer(403, "error code: 1010", HTML)
end

local function redirect(status)
  return function(connection, request, service)
    connection:answer(status, "", ("Location: %s%s\r\n"):format(service.redirect_to,
      request.target))
  end
end

faults.redirect_301 = redirect(301)
faults.redirect_307 = redirect(307)

function faults.code_string(connection, request, service)
  local id = service:accept(request)
  connection:answer(200, (CREATED:format(id):gsub("200", '"200"', 1)))
end

-- Takes the task, but tells the id of the one before.
function faults.same_task_id(connection, request, service)
  local before = service.last_id
  service:accept(request)
  connection:answer(200, CREATED:format(before))
end

return faults
