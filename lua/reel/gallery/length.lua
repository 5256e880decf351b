-- How long a clip plays, from the movie header of an MP4 or QuickTime file (ISO 14496-12, 8.2.2).
local length = {}

local MAX_BOXES <const> = 64 -- how many boxes are read while one is looked for

-- The box at `start`: its type, where its content begins, and where the box ends.
local function read_box(file, start)
  local head = file:seek("set", start) and file:read(8)
  if not head or #head < 8 then return nil end
  local size, kind = string.unpack(">I4c4", head)
  local content = start + 8
  if size == 1 then
    local long = file:read(8)
    if not long or #long < 8 then return nil end
    size, content = string.unpack(">i8", long), start + 16
  end
  if size < content - start then return nil end
  return kind, content, start + size
end

-- The position of the content of the first box of a type at or after `start`.
local function find_box(file, start, wanted)
  for _ = 1, MAX_BOXES do
    local kind, content, ending = read_box(file, start)
    if not kind then return nil end
    if kind == wanted then return content end
    start = ending
  end
end

-- The seconds in a movie header. In version 1 its times have 8 bytes rather than 4.
local function read_header(file, start)
  local head = file:seek("set", start) and file:read(32)
  if not head or #head < 32 then return nil end
  local is_long = head:byte() == 1
  local scale, duration = string.unpack(is_long and ">I4i8" or ">I4I4", head, is_long and 21 or 13)
  return scale > 0 and duration > 0 and duration / scale or nil
end

--- How long a clip plays, in seconds; nil when its file does not say.
---@param path string
---@return number?
function length.of(path)
  local file <close> = io.open(path, "rb")
  local movie = file and find_box(file, 0, "moov")
  local header = movie and find_box(file, movie, "mvhd")
  return header and read_header(file, header) or nil
end

return length
