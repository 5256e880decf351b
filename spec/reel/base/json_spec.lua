local json = require "reel.base.json"

local function refusal(text, limits)
  local value, message = json.decode(text, limits)
  assert.is_nil(value)
  return message
end

describe("reel.json decode", function()
  it("keeps integers integers and fractions floats", function()
    local value = json.decode('{"createTime":1757584164490,"data":5916.25,"n":[1,-2,3e2]}')
    assert.same({ createTime = 1757584164490, data = 5916.25, n = { 1, -2, 300 } }, value)
    assert.equal("integer", math.type(value.createTime))
    assert.equal("integer", math.type(value.n[3]))
    assert.equal("float", math.type(value.data))
  end)

  it("leaves numbers beyond 2^53 as floats, since they are no longer exact", function()
    assert.equal("integer", math.type(json.decode("9007199254740992")))
    assert.equal("float", math.type(json.decode("12345678901234567890")))
  end)

  it("gives null as a sentinel that is neither table nor string", function()
    local value = json.decode('{"data":null}')
    assert.equal(json.null, value.data)
    assert.equal("userdata", type(value.data))
    assert.is_nil(json.value(value.data))
    assert.equal(false, json.value(false))
  end)

  it("takes the last of duplicate keys", function()
    assert.same({ a = 2 }, json.decode('{"a":1,"a":2}'))
  end)

  it("reads escapes and text of any language", function()
    assert.equal("é\n😀漢", json.decode('"\\u00e9\\n\\ud83d\\ude00漢"'))
  end)

  for _, text in ipairs { "NaN", "-Infinity", "0x10", "01", "1e999", '{"a":[1e999]}', "", "nul",
    '{"a":1', "[1,]", "[1] x", "[1]\0", '"\1"', '"\\ud800"', "<html>" } do
    it("refuses " .. ("%q"):format(text), function()
      assert.is_string(refusal(text))
    end)
  end

  it("refuses invalid UTF-8 and says where", function()
    assert.equal("the JSON is not valid UTF-8 at byte 3", refusal('"a\xff"'))
  end)

  it("refuses what is no text", function()
    assert.equal("expected JSON text, got nil", refusal(nil))
  end)
end)

describe("reel.json limits", function()
  it("reads 1 MiB and refuses a byte more", function()
    local text = '"' .. ("x"):rep(1024 * 1024 - 2) .. '"'
    assert.equal(1024 * 1024 - 2, #json.decode(text))
    assert.equal("the JSON has 1048577 bytes, but at most 1048576 are read", refusal(text .. " "))
  end)

  it("reads 64 levels and refuses the next", function()
    assert.is_table(json.decode(("["):rep(64) .. ("]"):rep(64)))
    assert.equal("the JSON is nested deeper than 64 levels",
      refusal(("["):rep(65) .. ("]"):rep(65)))
  end)

  it("does not count brackets in strings, escaped quotes included", function()
    local text = '"' .. ("["):rep(100) .. '\\"' .. ("{"):rep(100) .. '"'
    assert.equal(201, #json.decode(text))
  end)

  it("checks the depth before it builds anything", function()
    local text = ("["):rep(500000)
    collectgarbage()
    local before = collectgarbage("count")
    refusal(text)
    assert.is_true(collectgarbage("count") - before < 200)
  end)

  it("takes other limits", function()
    assert.is_string(refusal("[1,2]", { max_bytes = 4 }))
    assert.is_string(refusal("[[1]]", { max_depth = 1 }))
  end)
end)

describe("reel.json array", function()
  it("marks a table in place", function()
    local list = {}
    assert.equal(list, json.array(list))
    assert.is_true(json.is_array(list))
    assert.is_false(json.is_array({}))
    assert.is_false(json.is_array("text"))
  end)
end)

describe("reel.json length", function()
  it("counts a list and refuses names and holes", function()
    assert.equal(2, json.length { "a", "b" })
    assert.equal(0, json.length {})
    assert.is_nil(json.length { 1, nil, 3 })
    assert.is_nil(json.length { 1, a = 2 })
    assert.is_nil(json.length { [0] = 1 })
  end)
end)

describe("reel.json decode_object", function()
  it("takes objects, and an empty table for everything else", function()
    assert.same({ a = 1 }, json.decode_object '{"a":1}')
    for _, text in ipairs { "null", "5", '"x"', "[1]", "", "{", "true" } do
      assert.same({}, json.decode_object(text), text)
    end
    assert.same({}, json.decode_object(nil))
  end)
end)
