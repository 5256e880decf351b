-- reel gallery: makes a page with players for everything that was made.
local attempts = require "reel.show.attempts"
local entries = require "reel.gallery.entries"
local lfs = require "lfs"
local output = require "reel.base.output"
local page = require "reel.gallery.page"
local paths = require "reel.gallery.paths"
local posters = require "reel.gallery.posters"
local report = require "reel.show.report"
local config = require "reel.config"
local usage = require "reel.show.usage"

local gallery = {
  name = "gallery",
  summary = "Make a web page with players for everything that was made.",
  usage = "[options] [-o FILE.html]",
  epilog = [[
The page is one file and opens without a server. It finds the clips by their paths from its own
folder: move it together with the project, or make it again.]],
  sends_nothing = true,
}

local DEFAULT <const> = "/.reel/gallery.html"
local NO_FFMPEG <const> = "the clips have no pictures without ffmpeg: apt-get install ffmpeg"

function gallery.describe(parser)
  return parser:option("-o", "Where to; default .reel/gallery.html of the project."):argname("FILE")
    :target("output")
end

-- Raises an error when the page would replace anything except an older page of reel gallery.
local function refuse_other_file(path)
  local mode = lfs.symlinkattributes(path, "mode")
  if not mode then return end
  local file = mode == "file" and io.open(path, "rb")
  local beginning = file and file:read(#page.BEGINNING)
  if file then file:close() end
  if beginning ~= page.BEGINNING then
    usage.raise(path .. " exists and is not a page of reel gallery", "choose another name")
  end
end

local function write_page(path, content)
  local part = path .. ".part"
  local file, message = io.open(part, "wb")
  if file then
    local ok
    ok, message = file:write(content)
    local closed, problem = file:close()
    message = message or problem
    if ok and closed then ok, message = os.rename(part, path) end
    if ok then return end
    os.remove(part)
  end
  usage.raise("cannot write the page: " .. message)
end

local function files_to_show(list)
  local found = {}
  for _, entry in ipairs(list) do
    for _, file in ipairs(entry.files) do
      if file.path and file.kind then found[#found + 1] = file end
    end
  end
  return found
end

function gallery.run(args)
  local journal, folder = attempts.journal(), config.usable("project_folder")
  local target = args.output or folder .. DEFAULT
  refuse_other_file(target)
  local list = entries.read(journal, folder)
  local has_ffmpeg = posters.add(files_to_show(list), folder .. "/.reel/posters")
  if not has_ffmpeg then report.notice(NO_FFMPEG, args.json) end
  local path = paths.absolute(target, lfs.currentdir())
  write_page(target, page.html(list, {
    project = folder:match("[^/]*$"), folder = path:match("^(.*)/"),
  }))
  if args.json then
    output.print_json({ path = target, attempts = #list })
  else
    output.print_path(target)
  end
  return 0
end

return gallery
