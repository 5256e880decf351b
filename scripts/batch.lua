-- Makes many clips, at most three at a time. A prompt that fails does not stop the others. At the
-- end the script prints the file or the error of each prompt.
--   reel --local scripts/batch.lua
local reel = require "reel"

local prompts = {
  { name = "kite", prompt = "A red kite over a windy beach, filmed from below" },
  { name = "train", prompt = "A night train crosses a bridge, windows glowing" },
  { name = "bakery", prompt = "A baker pulls bread out of a stone oven at sunrise" },
  { name = "orbit", prompt = "A small satellite unfolds its panels above the ocean" },
  { name = "portrait", prompt = "A portrait of a sailor telling a story", shape = "portrait" },
}

local paths, errors = reel.map(prompts, function(item)
  local task = reel.text_to_video { prompt = item.prompt, aspect_ratio = item.shape }
  return task:wait():save("batch/" .. item.name)
end, { limit = 3, on_error = "collect" })

for i, item in ipairs(prompts) do
  print(item.name, paths[i] or errors[i])
end
if next(errors) then os.exit(1) end
