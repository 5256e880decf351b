local job = require "reel.core" and require "reel.core.job"
local digest = require "reel.core.digest"

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function temporary_file(text)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
  finally(function() os.remove(path) end)
  return path
end

describe("reel.core.digest", function()
  it("hashes with SHA-256", function()
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      digest.sha256 "")
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      digest.sha256 "abc")
  end)

  it("signs with HMAC-SHA-256", function()
    local function sign(key, text) return digest.base64(digest.hmac_sha256(key, text)) end
    assert.equal("O0bOn9sb0C2QhDtD6ZUaJ2MGqmuX40r5YdfgsnkgFiE=",
      sign("test-webhook-key", "ee603959debb48d198c4a6d1c717eba6.1761471745"))
    assert.equal("iJNxN/58stMB9Uk4buG7dvnG74bQt3ec4OqhF56IZY4=",
      sign("secret", "task_12345678.1700000000"))
    assert.equal("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
      hex(digest.hmac_sha256("", "")))
  end)

  it("writes and reads base64", function() -- RFC 4648, section 10
    local texts = { "", "f", "fo", "foo", "foob", "fooba", "foobar", "\0\255\254" }
    local encoded = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy", "AP/+" }
    for i, text in ipairs(texts) do
      assert.equal(encoded[i], digest.base64(text))
      assert.equal(text, digest.unbase64(encoded[i]))
    end
  end)

  it("writes and reads base64 of any bytes and of any size", function()
    local text = {}
    for i = 0, 9999 do text[i + 1] = string.char((i * 167 + i // 256) % 256) end
    text = table.concat(text)
    for _, size in ipairs { 1, 2, 3, 255, 256, 257, 3071, 3072, 3073, 6143, 6144, 6145, 10000 } do
      local bytes = text:sub(1, size)
      local encoded = digest.base64(bytes)
      assert.equal((size + 2) // 3 * 4, #encoded)
      assert.equal(-size % 3, #encoded:match("=*$"))
      assert.equal(bytes, digest.unbase64(encoded))
    end
  end)

  it("refuses base64 that is not exactly what it would write", function()
    local long = digest.base64(("x"):rep(6144)) -- 8192 characters
    local wrong = {
      -- padding that is missing, too long or in the middle
      "Z", "Zg", "Zg=", "Zm9vYg", "Zm9v=", "Zm9v====", "Z===", "=", "====", "=Zm9", "Z=m9", "Zm=v",
      "Zg==Zg==", "Zg==Zm9v",
      -- bits that belong to no byte
      "Zh==", "Zm9=", "Zm9vZm9=",
      -- characters of other alphabets, and bytes of none
      "Zm9-", "Zm9_", "-m9v", "Zm9!", "Zm.v", "Zm9\0", "\0\0\0\0", "Zm9\200", "Zg-=", "----",
      -- blanks inside and outside
      "Zm 9", "Zm9v\n", " Zm9v", "Zm9v ", "Zm9v    ", "    Zm9v", "\t\n Zm9v\r", "Zm9v\nZm9",
      "Zg==\n\n\n\n", "    ", "\n\n\n\n", "Zm9v\r\nZm9v\r\n",
      -- the same in a text of several pieces
      long:sub(1, 4095) .. " " .. long:sub(4097), long:sub(1, 4096) .. " " .. long:sub(4098),
      long:sub(1, 4094) .. "==" .. long:sub(4097), long:sub(1, 4096) .. "    " .. long:sub(4097),
      long .. "    ", "    " .. long, long:sub(1, 8188) .. "----",
    }
    for _, text in ipairs(wrong) do
      assert.is_nil(digest.unbase64(text), ("%q"):format(text))
    end
  end)

  it("makes as many random bytes as asked, never the same", function()
    assert.equal("", digest.random(0))
    assert.equal(16, #digest.random(16))
    assert.are_not.equal(digest.random(16), digest.random(16))
    assert.has_error(function() digest.random(-1) end)
  end)

  it("compares bytes", function()
    assert.is_true(digest.equal("same", "same"))
    assert.is_true(digest.equal("", ""))
    assert.is_false(digest.equal("same", "Same"))
    assert.is_false(digest.equal("same", "sam"))
  end)

  describe(".sha256_file", function()
    it("hashes a file of several pieces as if it were one string", function()
      local text = ("0123456789abcdef"):rep(9 * 65536 + 1)
      assert.equal(digest.sha256(text), digest.sha256_file(temporary_file(text)))
    end)

    it("hashes an empty file", function()
      assert.equal(digest.sha256 "", digest.sha256_file(temporary_file ""))
    end)

    it("tells that there is no such file, with its path", function()
      local sum, word, message = digest.sha256_file "/nowhere/at all"
      assert.same({ nil, "not_found" }, { sum, word })
      assert.matches("^/nowhere/at all: ", message)
    end)

    it("says system for a folder", function()
      assert.equal("system", select(2, digest.sha256_file "/"))
    end)

    it("waits inside a job", function()
      local path = temporary_file "abc"
      local running = job.spawn(digest.sha256_file, path)
      assert.is_true(running:join(5))
      assert.equal(digest.sha256 "abc", running:result())
    end)
  end)
end)
