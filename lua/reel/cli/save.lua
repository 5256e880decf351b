-- reel save ID -o FILE: saves the result of one task, also of a task made elsewhere.
local attempts = require "reel.show.attempts"
local result = require "reel.show.result"
local usage = require "reel.show.usage"

local save = {
  name = "save",
  summary = "Save the clip of a task; waits for it if necessary.",
  usage = "[options] ID -o FILE",
  shows_progress = true,
}

local function index(word)
  local number = math.tointeger(tonumber(word))
  if number and number >= 1 then return number end
  return nil, ("'%s' is not 1, 2, 3, ..."):format(word)
end

function save.describe(parser)
  parser:argument("ID", "Number of the attempt, task id, or the beginning of a task id.")
    :target("id")
  return parser:option("-o", "The file to write; an extension is added if there is none.")
      :argname("FILE"):target("output"),
    parser:option("--index", "Which of the results; default 1."):argname("N"):convert(index),
    parser:flag("--overwrite", "Also replace a file that reel did not write.")
end

function save.run(args)
  if not args.output then usage.raise("save needs -o FILE", "reel save " .. args.id .. " -o clip")
  end
  local task = attempts.task(args.id)
  local path = task:save(args.output, { index = args.index, overwrite = args.overwrite })
  result.print(task, path, args.json)
  return 0
end

return save
