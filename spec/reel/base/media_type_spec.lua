local media_type = require "reel.base.media_type"

local MP4 <const>, PNG <const> = "\0\0\0\24ftypisom", "\137PNG\r\n\26\n"

local path

before_each(function() path = os.tmpname() end)

after_each(function() os.remove(path) end)

local function write(text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  return path
end

describe("reel.base.media_type.extension_of", function()
  it("goes by the content alone", function()
    assert.equal("mp4", media_type.extension_of(write(MP4)))
    assert.equal("png", media_type.extension_of(write(PNG)))
    assert.equal("bin", media_type.extension_of(write("\1\2\3")))
  end)

  it("refuses what servers send in place of a file", function()
    for _, text in ipairs { "<html>", "\239\187\191 <?xml?>", '{"code":500}', "", "\31\139\8" } do
      assert.is_nil(media_type.extension_of(write(text)), text)
    end
  end)
end)
