local canonical_json = require "reel.base.canonical_json"
local json = require "reel.base.json"

local encode = canonical_json.encode

local function refusal(value)
  local ok, err = pcall(encode, value)
  assert.is_false(ok)
  assert.equal("invalid", err.kind)
  return err.message
end

describe("reel.base.canonical_json", function()
  it("sorts names by their bytes at every level", function()
    assert.equal('{"A":{"x":1,"y":2},"a":true,"é":false}',
      encode { a = true, ["é"] = false, A = { y = 2, x = 1 } })
  end)

  it("sorts a prefix before the longer name", function()
    assert.equal('{"":0,"a":1,"ab":2}', encode { ab = 2, a = 1, [""] = 0 })
  end)

  it("writes integers as integers, 16 digits and more included", function()
    assert.equal("[1234567890123456,9223372036854775807,-5,0]",
      encode { 1234567890123456, math.maxinteger, -5, 0 })
  end)

  it("writes a float with an integral value like the integer", function()
    assert.equal("[2,0,1234567890123456]", encode { 2.0, -0.0, 1234567890123456.0 })
  end)

  it("writes other floats in the shortest exact form", function()
    assert.equal("[0.1,5916.25,0.30000000000000004,1e+300]",
      encode { 0.1, 5916.25, 0.1 + 0.2, 1e300 })
  end)

  it("keeps the bytes of strings, combining marks and DEL included", function()
    assert.equal('"e\u{301}漢😀/\127"', encode "e\u{301}漢😀/\127")
  end)

  it("escapes quotes, backslashes and control bytes alone", function()
    assert.equal([["\"\\\n\t\r\b\f\u0000\u001f"]], encode "\"\\\n\t\r\b\f\0\31")
  end)

  it("tells an empty array from an empty object", function()
    assert.equal('{"a":[],"o":{}}', encode { a = json.array {}, o = {} })
  end)

  it("writes null", function()
    assert.equal('[null,{"a":null}]', encode { json.null, { a = json.null } })
  end)

  it("reads back as the same value", function()
    local value = { model = "m", input = { prompt = "“hi”\n", list = { "a", "b" }, n = 1.5 } }
    assert.same(value, json.decode(encode(value)))
  end)

  it("takes a table twice when neither holds the other", function()
    local shared = { 1 }
    assert.equal("[[1],[1]]", encode { shared, shared })
  end)

  it("names what it cannot write and where", function()
    local cycle = { input = {} }
    cycle.input.self = cycle
    assert.equal("value.a[1] is not a number (NaN)", refusal { a = { 0 / 0 } })
    assert.equal("value is infinite", refusal(-math.huge))
    assert.equal("value.input.self contains itself", refusal(cycle))
    assert.equal("value.f cannot be sent: it is a function", refusal { f = print })
    assert.equal("value is not valid UTF-8 at byte 2", refusal "a\xff")
    assert.matches("^value mixes names and positions", refusal { 1, a = 2 })
    assert.matches("^value mixes names and positions, or has holes", refusal { [1] = 1, [3] = 3 })
    assert.equal("value is not a list without holes", refusal(json.array { a = 1 }))
  end)

  it("calls the value by the name it was given", function()
    local _, err = pcall(encode, { x = 0 / 0 }, "input")
    assert.equal("input.x is not a number (NaN)", err.message)
  end)

  -- A change here makes every rerun of every project pay again.
  it("never changes its output", function()
    assert.equal('{"input":{"image_urls":["https://a.example/1.png"],"n_frames":"10",'
      .. '"prompt":"A \\"cat\\"","remove_watermark":true},"model":"sora-2-image-to-video"}',
      encode { model = "sora-2-image-to-video", input = { prompt = 'A "cat"', n_frames = "10",
        remove_watermark = true, image_urls = json.array { "https://a.example/1.png" } } })
  end)
end)
