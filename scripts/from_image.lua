-- Makes a clip whose first frame is the given picture, and saves the clip beside the picture.
--   reel --local scripts/from_image.lua ship.png "The ship sets sail"
local reel = require "reel"

local picture, prompt = ...
if not picture then
  io.stderr:write("usage: reel scripts/from_image.lua PICTURE [PROMPT]\n")
  os.exit(2)
end

local task = reel.image_to_video {
  prompt = prompt or "The picture comes to life, the camera moves slowly closer",
  image_urls = { picture },
}
print(task:wait():save((picture:gsub("%.%w+$", ""))))
