-- Records of tasks in the shapes that the API sends, as JSON text of `data`.
local records = {}

-- A record of a finished model of another vendor: input is JSON inside JSON, costTime in seconds.
records.seconds = [[{
  "taskId": "5d41402abc4b2a76b9719d911017c592", "model": "vendor/clip-2", "state": "success",
  "param": ]]
  .. [["{\"input\":\"{\\\"prompt\\\":\\\"A kite\\\\nover dunes\\\",\\\"duration\\\":4}\",]]
  .. [[\"model\":\"vendor/clip-2\"}",
  "resultJson": "{\"resultUrls\":[\"https://results.example/kite.mp4\"]}",
  "failCode": null, "failMsg": null, "costTime": 188,
  "completeTime": 1777000188500, "createTime": 1777000000000
}]]

-- What the API document shows for each model: a task that waits, with a result that is filled.
local function waiting(model, input, result)
  return ([[{
    "taskId": "281e5b0f9c7d4a6e8b1a2c3d4e5f39b9", "model": "%s", "state": "waiting",
    "param": "{\"model\":\"%s\",\"input\":%s}", "resultJson": "%s",
    "failCode": null, "failMsg": null, "costTime": null, "completeTime": null,
    "createTime": 1757584164490
  }]]):format(model, model, input:gsub('"', '\\"'), (result:gsub('"', '\\"')))
end

records.waiting = {
  ["sora-2-text-to-video"] = waiting("sora-2-text-to-video",
    '{"prompt":"A “baker” waves","n_frames":"10"}',
    '{"resultUrls":["https://results.example/baker.mp4"]}'),
  ["sora-2-image-to-video"] = waiting("sora-2-image-to-video",
    '{"prompt":"A ship","image_urls":["https://images.example/ship.png"]}',
    '{"resultUrls":["https://results.example/ship.mp4"]}'),
  ["sora-2-characters-pro"] = waiting("sora-2-characters-pro",
    '{"character_prompt":"calm pilot","safety_instruction":"no violence"}',
    '{"resultObject":{"character_id":"character_42","character_user_name":"pilot.ab",'
      .. '"remark":"write this name into the prompt"}}'),
  ["sora-watermark-remover"] = waiting("sora-watermark-remover",
    '{"video_url":"https://sora.chatgpt.com/p/s_00","upload_method":"s3"}',
    '{"resultUrls":["https://results.example/clean.mp4"]}'),
}

return records
