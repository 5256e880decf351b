-- Makes a trailer. A character is made from a scene and appears in three shots, which are made at
-- the same time. Then the watermark of the first shot is removed. Saves five clips in ./trailer.
--   reel --local scripts/trailer.lua
local reel = require "reel"

local places = { "a misty pine forest", "a desert at noon", "a harbour full of lanterns" }

local scene = reel.text_to_video {
  prompt = "A ranger in a green cloak salutes at dawn, mountains behind her",
}:wait()
local ranger = reel.character {
  origin_task_id = scene, character_prompt = "calm ranger, green cloak, quiet voice",
}:wait()

local shots = reel.map(places, function(place)
  return reel.text_to_video {
    prompt = ranger.handle .. " walks through " .. place .. ", slow tracking shot",
    n_frames = "15", remove_watermark = false, -- shot 1 is cleaned below
  }:wait()
end)
local clean = reel.remove_watermark { video_url = shots[1] }:wait()

print(scene:save("trailer/scene"))
for i, shot in ipairs(shots) do print(shot:save("trailer/shot-" .. i)) end
print(clean:save("trailer/shot-1-clean"))
