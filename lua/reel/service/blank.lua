-- Builds a playable grey MP4 from bytes, for a service that does not render. It needs neither
-- ffmpeg nor a file in the repository, and has the size and length that the task asked for.
--
-- In H.264 a clip in which nothing changes is small: one key frame whose macroblocks all predict
-- "no difference", then frames that skip every macroblock. Sixteen zero bits in a row cannot occur
-- in such a clip, so the escape bytes of Annex B are never needed. Source: ITU-T H.264 7.3, ISO/IEC
-- 14496-12 and -15.
local blank = {}

local FRAMES_PER_SECOND <const> = 5
local MACROBLOCK <const> = 16

-- Bits ---------------------------------------------------------------------------------------

local function unsigned(value, bits)
  local digits = {}
  for shift = bits - 1, 0, -1 do
    digits[#digits + 1] = (value >> shift) & 1
  end
  return table.concat(digits)
end

-- An Exp-Golomb code, ue(v). A signed zero, se(0), has the same single bit.
local function golomb(value)
  local length = 0
  while (value + 1) >> (length + 1) > 0 do
    length = length + 1
  end
  return ("0"):rep(length) .. unsigned(value + 1, length + 1)
end

-- Makes a NAL unit of the bits: adds the stop bit of a raw byte sequence payload, and the header.
local function nal(header, bits)
  bits = bits .. "1"
  bits = bits .. ("0"):rep(-#bits % 8)
  local bytes = bits:gsub("%d%d%d%d%d%d%d%d", function(byte)
    return string.char(tonumber(byte, 2))
  end)
  return string.char(header) .. bytes
end

-- The stream ---------------------------------------------------------------------------------

local function sequence_parameters(width, height, columns, rows)
  local right = (columns * MACROBLOCK - width) // 2
  local bottom = (rows * MACROBLOCK - height) // 2
  local crop = "0"
  if right > 0 or bottom > 0 then
    crop = "1" .. golomb(0) .. golomb(right) .. golomb(0) .. golomb(bottom)
  end
  return nal(0x67, unsigned(66, 8) .. unsigned(0xC0, 8) .. unsigned(31, 8)
    .. golomb(0) .. golomb(0)            -- set 0, frame numbers of 4 bits
    .. golomb(2) .. golomb(1) .. "0"     -- output in decoding order, one reference, no gaps
    .. golomb(columns - 1) .. golomb(rows - 1) .. "11" .. crop .. "0")
end

local function picture_parameters()
  return nal(0x68, golomb(0) .. golomb(0) .. "00" .. golomb(0) .. golomb(0) .. golomb(0)
    .. "000" .. golomb(0) .. golomb(0) .. golomb(0) .. "100")
end

local NO_DEBLOCKING <const> = golomb(0) .. golomb(1) -- slice_qp_delta 0, then the filter off
-- A macroblock of type Intra 16x16 that is predicted by the mean (mode 2) and codes nothing; chroma
-- by the mean, the same quantiser, no levels.
local PREDICTED <const> = golomb(3) .. "1" .. "1" .. "1"

local function key_frame(macroblocks)
  return nal(0x65, golomb(0) .. golomb(7) .. golomb(0) .. unsigned(0, 4) .. golomb(0) .. "00"
    .. NO_DEBLOCKING .. PREDICTED:rep(macroblocks))
end

local function skipped_frame(number, macroblocks)
  return nal(0x41, golomb(0) .. golomb(5) .. golomb(0) .. unsigned(number % 16, 4) .. "000"
    .. NO_DEBLOCKING .. golomb(macroblocks))
end

-- The container ------------------------------------------------------------------------------

local function box(name, ...)
  local content = table.concat({ ... })
  return string.pack(">I4", #content + 8) .. name .. content
end

local function full_box(name, flags, ...)
  return box(name, string.pack(">I4", flags), ...)
end

local MATRIX <const> = string.pack(">I4I4I4I4I4I4I4I4I4",
  0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

local function sample_entry(clip)
  local config = box("avcC", string.pack(">BBBBBB", 1, 66, 0xC0, 31, 0xFF, 0xE1),
    string.pack(">s2", clip.sps), string.pack(">Bs2", 1, clip.pps))
  return box("avc1", ("\0"):rep(6), string.pack(">I2", 1), ("\0"):rep(16),
    string.pack(">I2I2I4I4I4I2", clip.width, clip.height, 0x480000, 0x480000, 0, 1),
    ("\0"):rep(32), string.pack(">I2i2", 24, -1), config)
end

local function sample_table(clip, offset)
  local sizes = {}
  for i, sample in ipairs(clip.samples) do
    sizes[i] = string.pack(">I4", #sample)
  end
  return box("stbl",
    full_box("stsd", 0, string.pack(">I4", 1), sample_entry(clip)),
    full_box("stts", 0, string.pack(">I4I4I4", 1, #sizes, 1)),
    full_box("stss", 0, string.pack(">I4I4", 1, 1)),
    full_box("stsc", 0, string.pack(">I4I4I4I4", 1, 1, #sizes, 1)),
    full_box("stsz", 0, string.pack(">I4I4", 0, #sizes), table.concat(sizes)),
    full_box("stco", 0, string.pack(">I4I4", 1, offset)))
end

local function movie(clip, offset)
  local duration = #clip.samples
  local media = box("mdia",
    full_box("mdhd", 0, string.pack(">I4I4I4I4I2I2", 0, 0, FRAMES_PER_SECOND, duration, 0x55C4, 0)),
    full_box("hdlr", 0, string.pack(">I4", 0), "vide", ("\0"):rep(12), "preview\0"),
    box("minf", full_box("vmhd", 1, ("\0"):rep(8)),
      box("dinf", full_box("dref", 0, string.pack(">I4", 1), full_box("url ", 1))),
      sample_table(clip, offset)))
  return box("moov",
    full_box("mvhd", 0, string.pack(">I4I4I4I4I4I2", 0, 0, FRAMES_PER_SECOND, duration, 0x10000, 0),
      ("\0"):rep(10), MATRIX, ("\0"):rep(24), string.pack(">I4", 2)),
    box("trak",
      full_box("tkhd", 3, string.pack(">I4I4I4I4I4", 0, 0, 1, 0, duration), ("\0"):rep(16), MATRIX,
        string.pack(">I4I4", clip.width << 16, clip.height << 16)),
      media))
end

local function stream(width, height, seconds)
  local columns = (width + MACROBLOCK - 1) // MACROBLOCK
  local rows = (height + MACROBLOCK - 1) // MACROBLOCK
  local samples = { string.pack(">s4", key_frame(columns * rows)) }
  for number = 1, seconds * FRAMES_PER_SECOND - 1 do
    samples[number + 1] = string.pack(">s4", skipped_frame(number, columns * rows))
  end
  return {
    width = width, height = height, samples = samples,
    sps = sequence_parameters(width, height, columns, rows), pps = picture_parameters(),
  }
end

---Returns the bytes of a grey clip without sound.
---@param width integer     Even, 16 to 1920.
---@param height integer    Even, 16 to 1920.
---@param seconds integer
---@return string
function blank.clip(width, height, seconds)
  local clip = stream(width, height, seconds)
  local head = box("ftyp", "isom", string.pack(">I4", 512), "isomavc1mp41")
  local data_at = #head + #movie(clip, 0) + 8
  return head .. movie(clip, data_at) .. box("mdat", table.concat(clip.samples))
end

return blank
