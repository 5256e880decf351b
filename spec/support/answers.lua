-- Bodies of answers in the shapes that the API sends.
local answers = {}

answers.created = [[{"code":200,"msg":"success","data":{
  "taskId":"9e107d9d372bb6826bd81d3542a419d6","recordId":"9e107d9d372bb6826bd81d3542a419d6"}}]]

answers.edge_page = "<html><head><title>403 Forbidden</title></head><body>nginx</body></html>"

--- The JSON that the API answers errors with.
function answers.failure(code, message)
  return ('{"code":%s,"msg":"%s","data":null}'):format(code, message or "some text")
end

--- The JSON around a record.
function answers.record(data, code)
  return ('{"code":%d,"msg":"success","data":%s}'):format(code or 200, data)
end

return answers
