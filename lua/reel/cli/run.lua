-- reel run FILE: runs a script as the program's job.
local folder_of = require "reel.base.folder_of"
local lfs = require "lfs"
local search_path = require "reel.base.search_path"
local usage = require "reel.show.usage"

local run = {
  name = "run",
  summary = "Run a script. `reel FILE` is short for `reel run FILE`.",
  usage = "[options] FILE [arguments of the script]",
  epilog = [[
The words after FILE are for the script, which finds them in `arg` and in `...`.
`require` finds the Lua modules beside FILE, and none in the current folder.]],
  shows_progress = true,
}

function run.describe(parser)
  parser:argument("FILE", "The Lua script."):target("file")
end

--- Raises a usage error when the script cannot be opened, and returns the folder where the search
--- for settings begins.
---@param args table
---@return string
function run.prepare(args)
  local file, message = io.open(args.file)
  if not file then usage.raise("cannot open the script " .. message) end
  file:close()
  if lfs.attributes(args.file, "mode") == "directory" then
    usage.raise(args.file .. " is a folder, not a script")
  end
  return folder_of(args.file)
end

function run.run(args)
  local script, message = loadfile(args.file, "t")
  if not script then error(message, 0) end
  search_path.add_script(args.file)
  local arguments = args.script_arguments
  _G.arg = table.move(arguments, 1, #arguments, 1, { [0] = args.file, [-1] = "reel" })
  script(table.unpack(arguments))
  return 0
end

return run
