-- Makes one clip: asks for it, waits for it, saves it.
--   reel --local scripts/hello.lua                  a free preview
--   KIE_API_KEY=... reel scripts/hello.lua          a Sora clip
local reel = require "reel"

local task = reel.text_to_video { prompt = "A lighthouse keeper waves at a passing ship" }
print(task:wait():save("hello"))
