-- Real clips for specs: small, with a picture that moves and a tone.
local clips = {}

local COMMAND <const> = "ffmpeg -nostdin -v error -y -f lavfi"
  .. " -i testsrc=size=160x90:rate=10:duration=%d -f lavfi -i sine=duration=%d -c:v libx264"
  .. " -preset ultrafast -pix_fmt yuv420p -c:a aac -movflags +faststart -f mp4 %s"

--- Whether this machine can make them.
function clips.can_make()
  return os.execute("ffmpeg -version >/dev/null 2>&1") == true
end

--- The bytes of an MP4 of so many seconds.
---@param seconds integer
---@return string
function clips.make(seconds)
  local path = os.tmpname()
  assert(os.execute(COMMAND:format(seconds, seconds, path)))
  local file <close> = assert(io.open(path, "rb"))
  os.remove(path)
  return file:read("a")
end

return clips
