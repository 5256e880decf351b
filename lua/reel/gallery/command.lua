-- reel gallery: makes a page with players for everything that was made.
local attempts = require "reel.show.attempts"
local dot_reel = require "reel.config.dot_reel"
local entries = require "reel.gallery.entries"
local folder = require "reel.core.folder"
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

local DEFAULT <const> = "gallery.html"
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

local function raise_unwritable(message)
  usage.raise("cannot write the page: " .. message)
end

-- The folder and the name of the page: of the path that the user has asked for, or else in .reel.
local function open_place(path, project_folder)
  if not path then return dot_reel.make(project_folder), DEFAULT end
  local base, name = path:match("^(.*/)([^/]+)$")
  if name == nil or name:find("%c") then
    raise_unwritable(("%q is not the name of a file"):format(path))
  end
  local place, _, message = folder.open_any(base)
  if not place then raise_unwritable(message) end
  return place, name
end

local function write_page(place, name, content)
  local written, _, message = place:write(name, content)
  if not written then raise_unwritable(message) end
end

local function open_cache(project_folder)
  local parent <close> = dot_reel.make(project_folder)
  local cache, _, message = parent:make("posters")
  if not cache then usage.raise("cannot keep the pictures of the clips: " .. message) end
  return cache
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
  local journal, project_folder = attempts.journal(), config.usable("project_folder")
  local target = args.output or ("%s/.reel/%s"):format(project_folder, DEFAULT)
  refuse_other_file(target)
  local path = paths.absolute(target, lfs.currentdir())
  local place <close>, name = open_place(args.output and path, project_folder)
  local list = entries.read(journal, project_folder)
  local cache <close> = open_cache(project_folder)
  local has_ffmpeg = posters.add(files_to_show(list), cache)
  if not has_ffmpeg then report.notice(NO_FFMPEG, args.json) end
  write_page(place, name, page.html(list, {
    project = project_folder:match("[^/]*$"), folder = path:match("^(.*)/"),
  }))
  if args.json then
    output.print_json({ path = target, attempts = #list })
  else
    output.print_path(target)
  end
  return 0
end

return gallery
