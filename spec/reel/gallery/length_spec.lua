-- How long a clip plays, read from good and from broken files.
local length = require "reel.gallery.length"

local function box(kind, content)
  return string.pack(">I4c4", 8 + #content, kind) .. content
end

local function long_box(kind, content)
  return string.pack(">I4c4i8", 1, kind, 16 + #content) .. content
end

local function header(version, scale, duration)
  local times = version == 1 and string.pack(">i8i8I4i8", 0, 0, scale, duration)
    or string.pack(">I4I4I4I4", 0, 0, scale, duration)
  return box("mvhd", string.char(version) .. "\0\0\0" .. times .. ("\0"):rep(80))
end

describe("reel.gallery.length", function()
  local path

  before_each(function() path = os.tmpname() end)
  after_each(function() os.remove(path) end)

  local function length_of(bytes)
    local file <close> = assert(io.open(path, "wb"))
    file:write(bytes)
    file:close()
    return length.of(path)
  end

  it("reads the movie header wherever it stands in the file", function()
    local start = box("ftyp", "isom\0\0\2\0")
    assert.equal(10.5, length_of(start .. box("moov", header(0, 1000, 10500))))
    assert.equal(15.0, length_of(start .. long_box("mdat", ("x"):rep(99))
      .. box("moov", box("udta", "") .. header(1, 600, 9000))))
  end)

  it("returns nil for anything else", function()
    for _, bytes in ipairs { "", "ID3", box("ftyp", "isom"), box("moov", ""), ("\0"):rep(100),
      box("moov", box("mvhd", "short")), box("moov", header(0, 0, 5)), ("\255"):rep(100),
      string.pack(">I4c4i8", 1, "ftyp", -5) } do
      assert.is_nil(length_of(bytes))
    end
    assert.is_nil(length.of("/no/such/file"))
  end)
end)
