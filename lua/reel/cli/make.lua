-- reel make MODEL field=value…: makes one task without a script.
local Error = require "reel.base.error"
local media = require "reel.tasks.media"
local models = require "reel.models"
local result = require "reel.show.result"
local usage = require "reel.show.usage"
local values = require "reel.cli.values"

local make = {
  name = "make",
  summary = "Make one clip or character without a script, and wait for it.",
  usage = "[options] MODEL field=value ... [-o FILE]",
  epilog = [[
Examples:
   reel make sora-2-text-to-video prompt="A lighthouse in a storm" -o storm
   reel make sora-2-image-to-video prompt="It sets sail" image_urls=ship.png -o ship
   reel models sora-2-text-to-video    shows the fields of a model]],
  shows_progress = true,
}

function make.describe(parser)
  parser:argument("MODEL", "Name of the model; reel models lists them."):target("model")
  parser:argument("field=value", "A field of the input. For a list, repeat it with each element.")
    :args("*"):target("fields")
  return parser:option("-o", "Save the clip to this file; an extension is added if there is none.")
    :argname("FILE"):target("output")
end

local function refuse_output_of_character(model, args)
  if model.kind ~= "character" or not args.output then return end
  usage.raise("a character has no clip to save", "omit -o; the character's handle is printed")
end

-- Raises before anything is paid if the clip could not be saved. The extension of a clip is not
-- known before; for a path without one, this checks the path with ".mp4".
local function refuse_bad_path(path)
  if not path then return end
  if path == "" then usage.raise("-o needs the path of a file") end
  local is_complete = path:find("[^/]%.%a%w*$") or path:find("/%.?%.?$") or path:find("^%.%.?$")
  local may, reason = media.may_put(is_complete and path or path .. ".mp4")
  if not may then usage.raise(reason, "nothing was sent; save elsewhere") end
end

-- A wrong field is reported as a mistake in the command line.
local function create(reel, model, input)
  local task, err = reel.try(reel.create, model.name, input)
  if task then return task end
  if err.kind == "invalid" then
    usage.raise(err.message, "reel models " .. model.name .. " shows the fields")
  end
  Error.raise(err)
end

function make.run(args)
  local reel = require "reel"
  local model = values.model(models, args.model)
  refuse_output_of_character(model, args)
  refuse_bad_path(args.output)
  local input = values.parse(model, args.fields)
  local task = create(reel, model, input):wait()
  result.print(task, args.output and task:save(args.output), args.json)
  return 0
end

return make
