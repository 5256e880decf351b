-- Makes a clip of every argument, all at once, and prints what came of each: the prompt and its
-- task, or the prompt and the kind of the error. An argument "prompt@2" asks for the second take.
local reel = require "reel"

local failure

local function shoot(argument)
  local prompt, take = argument:match("^(.*)@(%d+)$")
  local options = take and { take = math.tointeger(take) }
  local task, err = reel.try(function()
    return reel.text_to_video({ prompt = prompt or argument }, options):wait()
  end)
  print(argument, task and task.id or err.kind)
  failure = failure or err
end

local jobs = {}
for i, argument in ipairs { ... } do jobs[i] = reel.spawn(shoot, argument) end
for _, job in ipairs(jobs) do job:join() end
if failure then error(failure, 0) end
