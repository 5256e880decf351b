local answer = require "reel.vendor.answers"
local answers = require "support.answers"
local records = require "support.records"

local failure = answers.failure

local function create(body, status, word, retry_after)
  return answer.create(status or 200, body, word, retry_after)
end

local function class_and_kind(verdict) return { verdict.class, verdict.kind } end

describe("reel.answer create", function()
  it("is created by a task id", function()
    assert.same({ class = "created", task_id = "9e107d9d372bb6826bd81d3542a419d6", code = 200,
      http_status = 200, message = "success" }, create(answers.created))
  end)

  it("is created by a task id whatever the code and status, and says so", function()
    local verdict = create('{"code":500,"msg":"busy","data":{"taskId":"t1"}}', 502)
    assert.same({ "created", "t1", "accepted with code 500" },
      { verdict.class, verdict.task_id, verdict.flag })
    assert.equal("created", create('{"data":{"taskId":"t1"}}').class)
  end)

  -- code -> kind, as HTTP 200 with a code in the JSON and as a real status.
  local refused = { { 400, "rejected" }, { 401, "auth" }, { 402, "credits" }, { 404, "rejected" },
    { 422, "rejected" }, { 429, "rate_limited" }, { 430, "rate_limited" }, { 433, "credits" },
    { 455, "paused" } }
  for _, entry in ipairs(refused) do
    local code, kind = table.unpack(entry)
    it(("is refused by code %d as %s"):format(code, kind), function()
      for _, status in ipairs { 200, code } do
        local verdict = create(failure(code), status)
        assert.same({ "refused", kind }, class_and_kind(verdict))
        assert.same({ code, status, "some text" },
          { verdict.code, verdict.http_status, verdict.message })
      end
      assert.same({ "refused", kind }, class_and_kind(create(failure(('"%d"'):format(code)))))
      assert.same({ "refused", kind }, class_and_kind(create('{"message":"no"}', code)))
    end)
  end

  local texts = {
    { "This interface is temporarily paused", "paused" },
    { "This field is required", "rejected" },
    { "prompt is required", "rejected" },
    { "Credits insufficient: top up to go on", "credits" },
    { "The current credits are insufficient.", "credits" },
  }
  for _, entry in ipairs(texts) do
    local text, kind = table.unpack(entry)
    it("is refused by code 500 with: " .. text, function()
      assert.same({ "refused", kind }, class_and_kind(create(failure(500, text))))
      assert.same({ "refused", kind }, class_and_kind(create(failure(422, text))))
      assert.same({ "refused", kind }, class_and_kind(create(failure('"500"', text:upper()))))
    end)
  end

  it("reads the text from message too", function()
    local verdict = create('{"code":500,"message":"This interface is temporarily paused"}')
    assert.same({ "refused", "paused" }, class_and_kind(verdict))
  end)

  it("keeps the kind of a clear code whatever the text says", function()
    assert.equal("auth", create(failure(401, "This field is required")).kind)
  end)

  for _, code in ipairs { 0, 100, 201, 301, 403, 408, 409, 500, 501, 502, 505, 999, -1, "null",
    '""', '"oops"', "422.5", "[]" } do
    it("is ambiguous with code " .. code, function()
      assert.same({ "ambiguous", "ambiguous" }, class_and_kind(create(failure(code))))
    end)
  end

  it("is ambiguous when a known text only resembles the message", function()
    for _, text in ipairs { "Internal error, no field is required to be resent", "paused",
      "A retry is required by the worker" } do
      assert.equal("ambiguous", create(failure(500, text)).class)
    end
  end)

  it("is ambiguous with code 200 and no task id", function()
    for _, data in ipairs { "null", "{}", "[]", '"t1"', '{"taskId":null}', '{"taskId":""}',
      '{"taskId":7}', '{"recordId":"t1"}' } do
      assert.equal("ambiguous", create('{"code":200,"msg":"success","data":' .. data .. "}").class)
    end
  end)

  it("is ambiguous with an answer that is empty, cut or no JSON", function()
    for _, body in ipairs { "", " ", "<html>", "ok", answers.created:sub(1, -2), '{"code":4',
      ("["):rep(100), "\xff" } do
      assert.equal("ambiguous", create(body).class)
      assert.equal("ambiguous", create(body, 502).class)
    end
    assert.equal("ambiguous", create(nil).class)
    assert.equal("ambiguous", answer.create(nil, nil, nil).class)
  end)

  it("is ambiguous with a 5xx without a known code and with a redirect", function()
    for _, status in ipairs { 500, 502, 520, 524, 301, 307, 417 } do
      assert.equal("ambiguous", create(answers.edge_page, status).class)
      assert.equal("ambiguous", create('{"msg":"This field is required"}', status).class)
    end
  end)

  it("is ambiguous when the transfer failed, even with an answer that reads well", function()
    for _, body in ipairs { answers.created, failure(422), "" } do
      local verdict = create(body, 200, "transfer")
      assert.equal("ambiguous", verdict.class)
      assert.equal("the connection broke before the answer was whole", verdict.message)
    end
  end)

  it("is refused by a page of the edge, for one cautious retry", function()
    for status, kind in pairs { [401] = "auth", [403] = "auth", [429] = "rate_limited" } do
      local verdict = create(answers.edge_page, status)
      assert.same({ "refused", kind }, class_and_kind(verdict))
      assert.is_true(verdict.cautious)
    end
    assert.equal("refused", create("error code: 1010", 403).class)
  end)

  it("is ambiguous when JSON is cut behind a status of the edge", function()
    assert.equal("ambiguous", create(answers.created:sub(1, 40), 403).class)
  end)

  it("makes messages fit for a terminal", function()
    assert.equal("a?[2Jb", create('{"code":422,"msg":"a\\u001b[2Jb"}').message)
  end)
end)

describe("reel.answer create rate limits", function()
  it("wait a whole window, or as long as the answer asks for", function()
    assert.equal(10, create(failure(430)).wait)
    assert.equal(7, create(failure(429), 200, nil, 7).wait)
  end)

  it("are the only refusals with a wait", function()
    assert.is_nil(create(failure(422), 200, nil, 7).wait)
  end)
end)

local ID <const> = "5d41402abc4b2a76b9719d911017c592"

local function query(body, status, retry_after)
  return answer.query({ status = status or 200, body = body, retry_after = retry_after }, ID)
end

describe("reel.answer query", function()
  it("reads a record", function()
    local verdict = query(answers.record(records.seconds))
    assert.equal("record", verdict.class)
    assert.same({ "success", ID }, { verdict.record.state, verdict.record.id })
  end)

  it("reads the four documented answers as pending", function()
    for _, data in pairs(records.waiting) do
      local verdict = answer.query({ status = 200, body = answers.record(data) },
        "281e5b0f9c7d4a6e8b1a2c3d4e5f39b9")
      assert.equal("record", verdict.class)
      assert.is_false(verdict.record.settled)
    end
  end)

  it("reads a failed task in an envelope of 501", function()
    local data = ('{"taskId":"%s","state":"fail","failMsg":"no"}'):format(ID)
    assert.equal("fail", query(answers.record(data, 501)).record.state)
    assert.equal("failed", query(answers.record('{"state":"success"}', 501)).class)
  end)

  it("refuses the record of another task", function()
    local verdict = query(answers.record('{"taskId":"other","state":"success"}'))
    assert.same({ "failed", "asked for task " .. ID .. ", got the record of other" },
      { verdict.class, verdict.message })
  end)

  it("fails without an id or a state", function()
    for _, data in ipairs { "{}", "[]", '"x"', "7", '{"state":"success"}',
      ('{"taskId":"%s"}'):format(ID) } do
      assert.equal("failed", query(answers.record(data)).class)
    end
  end)

  it("does not know the task with 404, 422 or null", function()
    for _, body in ipairs { failure(404, "not found"), failure(422, "recordInfo is null"),
      failure(200, "success") } do
      assert.same({ "unknown_task", "missing" }, class_and_kind(query(body)))
    end
    assert.equal("unknown_task", query(failure(422, "recordInfo is null"), 422).class)
    assert.equal("unknown_task", query(answers.edge_page, 404).class)
  end)

  it("is denied with 401 and 403 in any form", function()
    for _, code in ipairs { 401, 403 } do
      assert.same({ "denied", "auth" }, class_and_kind(query(failure(code))))
      assert.same({ "denied", "auth" }, class_and_kind(query(answers.edge_page, code)))
    end
  end)

  it("fails and may be asked again with everything else", function()
    for _, case in ipairs { { failure(500) }, { failure(505) }, { failure(999) },
      { answers.edge_page, 502 }, { "" }, { "{}" }, { '{"code":200,"data":{"taskId":' },
      { failure(455) }, { failure(402) } } do
      local verdict = query(case[1], case[2])
      assert.same({ "failed", "server", true },
        { verdict.class, verdict.kind, verdict.retryable })
    end
  end)

  it("passes on how long the answer asks to wait", function()
    local verdict = query(failure(429), 200, 30)
    assert.same({ "failed", "rate_limited", 30 },
      { verdict.class, verdict.kind, verdict.retry_after })
    assert.equal(9, query(answers.edge_page, 429, 9).retry_after)
    assert.is_nil(query(failure(429), 200).retry_after)
  end)

  it("fails with the message of a failed transfer", function()
    local verdict = answer.query(nil, ID, "timeout", "no answer within 30 s")
    assert.same({ "failed", "no answer within 30 s" }, { verdict.class, verdict.message })
  end)
end)

describe("reel.answer value", function()
  local function value(body, status)
    return answer.value({ status = status or 200, body = body })
  end

  it("gives the data", function()
    assert.equal(5916.25, value('{"code":200,"msg":"success","data":5916.25}').value)
    assert.equal("https://files.example/a.png",
      value('{"success":true,"code":200,"data":{"downloadUrl":"https://files.example/a.png"}}')
        .value.downloadUrl)
  end)

  it("is denied or failed otherwise", function()
    assert.equal("denied", value(failure(401)).class)
    assert.equal("denied", value(answers.edge_page, 403).class)
    for _, body in ipairs { failure(200), failure(422), "", "7", answers.edge_page } do
      assert.equal("failed", value(body).class)
    end
    assert.equal("failed", answer.value(nil, "unreachable", "no route").class)
  end)
end)
