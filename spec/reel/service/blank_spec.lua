require "reel.core"
local blank = require "reel.service.blank"
local process = require "reel.core.process"

local function top_boxes(bytes)
  local names, position = {}, 1
  while position <= #bytes do
    local size = string.unpack(">I4", bytes, position)
    names[#names + 1] = bytes:sub(position + 4, position + 7)
    position = position + size
  end
  return names, position
end

local function probe(path)
  local result = process.run {
    argv = { "ffprobe", "-v", "error", "-count_frames", "-show_entries",
      "stream=width,height,duration,nb_read_frames", "-of", "csv=p=0", path },
    timeout = 30,
  }
  return result and result.stdout:match("%S+"), result and result.stderr
end

describe("reel.service.blank", function()
  it("makes an MP4 whose boxes fill the file exactly, the index before the data", function()
    local bytes = blank.clip(320, 180, 10)
    local names, position = top_boxes(bytes)
    assert.same({ "ftyp", "moov", "mdat" }, names)
    assert.equal(#bytes + 1, position)
  end)

  it("decodes in the size and length that were asked for", function()
    local path = os.tmpname()
    finally(function() os.remove(path) end)
    local file <close> = assert(io.open(path, "wb"))
    file:write(blank.clip(720, 1280, 15))
    file:flush()

    local line, complaints = probe(path)
    if not line then return pending("ffprobe is not installed") end
    assert.equal("720,1280,15.000000,75", line)
    assert.equal("", complaints)
  end)
end)
