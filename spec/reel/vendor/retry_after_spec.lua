local retry_after = require "reel.vendor.retry_after"

local NOON <const> = 1767268800 -- Thu, 01 Jan 2026 12:00:00 GMT

local function seconds(text) return retry_after.seconds({ ["retry-after"] = text }, NOON) end

describe("reel.vendor.retry_after", function()
  it("reads seconds from 1 to 3600", function()
    assert.equal(1, seconds "1")
    assert.equal(7, seconds "7")
    assert.equal(3600, seconds "3600")
  end)

  it("reads a date in GMT, whatever the local time zone", function()
    assert.equal(90, seconds "Thu, 01 Jan 2026 12:01:30 GMT")
    local leap_day = 1709164800 -- Thu, 29 Feb 2024 00:00:00 GMT
    assert.equal(60, retry_after.seconds(
      { ["retry-after"] = "Thu, 29 Feb 2024 00:01:00 GMT" }, leap_day))
  end)

  for _, text in ipairs { "0", "3601", "1000000000", ("9"):rep(400), "-5", "1.5", "0x10", "soon",
    "", "Thu, 01 Jan 2026 11:59:00 GMT", "Thu, 01 Foo 2026 12:01:30 GMT",
    "Fri, 01 Jan 2027 12:00:00 GMT" } do
    it("ignores " .. ("%q"):format(text:sub(1, 40)), function()
      assert.is_nil(seconds(text))
    end)
  end

  it("ignores a missing header", function()
    assert.is_nil(retry_after.seconds(nil))
    assert.is_nil(retry_after.seconds {})
  end)
end)
