local signature = require "reel.core" and require "reel.vendor.signature"

local KEY <const>, TASK <const> = "test-webhook-key", "ee603959debb48d198c4a6d1c717eba6"

local function headers_at(seconds, task_id)
  local timestamp = tostring(seconds)
  return { ["x-webhook-timestamp"] = timestamp,
    ["x-webhook-signature"] = signature.of(task_id or TASK, timestamp, KEY) }
end

describe("reel.vendor.signature", function()
  it("agrees with the vendor's vectors", function()
    assert.equal("O0bOn9sb0C2QhDtD6ZUaJ2MGqmuX40r5YdfgsnkgFiE=",
      signature.of(TASK, "1761471745", KEY))
    assert.equal("iJNxN/58stMB9Uk4buG7dvnG74bQt3ec4OqhF56IZY4=",
      signature.of("task_12345678", "1700000000", "secret"))
  end)

  it("says what is wrong with a callback's headers", function()
    local now = os.time()
    local faults <const> = {
      { {}, TASK, "it is not signed" },
      { headers_at(now), nil, "it is not signed" },
      { headers_at("0x10"), TASK, "it is not signed" },
      { headers_at(now, "another"), TASK, "its signature is wrong" },
      { { ["x-webhook-timestamp"] = tostring(now) }, TASK, "its signature is wrong" },
      { headers_at(now - 310), TASK, "it is stale" },
      { headers_at(now + 310), TASK, "it is stale" },
    }
    for _, case in ipairs(faults) do
      assert.equal(case[3], signature.fault(case[1], case[2], KEY))
    end
    assert.is_nil(signature.fault(headers_at(now), TASK, KEY))
  end)
end)
