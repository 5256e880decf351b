-- A plan says what the caller has to do for a clip or a picture: files to write into a folder, and
-- one command to run there. No text from outside goes into the filter graph.

local svg = require "reel.render.svg"
local shots = require "reel.render.shots"

local plan = {}

local TIMEOUT_SECONDS = 60

-- Each command uses one thread: the queue runs several commands at a time, and x264 writes other
-- bytes with more threads.
local START = {
  "ffmpeg", "-nostdin", "-v", "error", "-y", "-filter_threads", "1", "-filter_complex_threads", "1",
}
local VIDEO = {
  "-c:v", "libx264", "-preset", "ultrafast", "-crf", "25", "-threads", "1", "-pix_fmt", "yuv420p",
  "-g", "48", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
  "-color_range", "tv",
}
local AUDIO = { "-c:a", "aac", "-aac_coder", "fast", "-b:a", "96k" }
local EXACT = { "-fflags", "+bitexact", "-flags:v", "+bitexact" }
local MP4 = { "-flags:a", "+bitexact", "-movflags", "+faststart", "-f", "mp4" }
local JPEG = { "-map_metadata", "-1", "-update", "1", "-f", "image2" }

-- ffmpeg refuses larger pictures before it allocates them, and opens nothing but files.
plan.GUARD = { "-max_pixels", "60000000", "-protocol_whitelist", "file" }

-- The demuxer by the extension that a kept file got from its content. It is always forced: if
-- ffmpeg chose it, a text file could be opened as a list of other files.
local DEMUXERS = {
  mp4 = "mov", mov = "mov", avif = "mov", webm = "matroska", gif = "gif",
  jpg = "jpeg_pipe", jpeg = "jpeg_pipe", png = "png_pipe", webp = "webp_pipe",
}

local Plan = {}
Plan.__index = Plan

---@class reel.render.Plan
---@field files { name: string, text: string }[]   The caller writes them into the folder first.
---@field argv string[]      The command to run in the folder. It makes `output .. ".part"`, which
---   is good only after exit code 0: a killed ffmpeg leaves a shorter clip that plays.
---@field output string      The name that the caller gives to this file afterwards.
---@field cwd string         The folder.
---@field timeout integer    Seconds that the command may take.

local function append(list, values)
  return table.move(values, 1, #values, #list + 1, list)
end

---@param folder string
function plan.new(folder)
  return setmetatable({ folder = folder, files = {}, inputs = {}, chains = {}, count = 0 }, Plan)
end

function Plan:file(name, text)
  self.files[#self.files + 1] = { name = name, text = text }
end

--- Adds an input: its options and its name.
---@return integer index   by which filter chains name it
function Plan:input(options, name)
  append(self.inputs, { "-threads", "1" })
  append(self.inputs, options)
  append(self.inputs, { "-i", name })
  self.count = self.count + 1
  return self.count - 1
end

--- Adds a file from outside; the options include GUARD and the demuxer. With `file:` in front the
--- path cannot name another protocol.
---@return integer index
function Plan:media(options, path)
  return self:input(options, "file:" .. path)
end

--- Adds a kept clip or picture, read as what its extension says.
---@param path string
---@param ... string   further options
---@return integer index
function Plan:kept(path, ...)
  local options = append({}, plan.GUARD)
  append(options, { "-f", DEMUXERS[path:match("%.(%w+)$")] or "mov" })
  return self:media(append(options, { ... }), path)
end

--- Adds a drawn layer: an SVG file as an input. The arguments are those of svg.document.
---@return integer index   of the input
function Plan:layer(name, width, height, view, body)
  self:file(name, svg.document(width, height, view, body))
  return self:input({ "-framerate", tostring(shots.FPS) }, name)
end

--- Adds a filter chain to the graph.
function Plan:chain(format, ...)
  self.chains[#self.chains + 1] = format:format(...)
end

function Plan:command(output, tail)
  local argv = append(append({}, START), self.inputs)
  if #self.chains > 0 then
    self:file("graph.txt", table.concat(self.chains, ";\n") .. "\n")
    append(argv, { "-filter_complex_script", "graph.txt" })
  end
  append(argv, tail)
  argv[#argv + 1] = output .. ".part"
  return {
    files = self.files, argv = argv, output = output, cwd = self.folder, timeout = TIMEOUT_SECONDS,
  }
end

--- Ends the plan with a clip of the streams [v] and [a].
---@param options table   duration, title, comment
---@return reel.render.Plan
function Plan:clip(options)
  local tail = {
    "-map", "[v]", "-map", "[a]", "-t", tostring(options.duration), "-r", tostring(shots.FPS),
  }
  append(append(tail, VIDEO), AUDIO)
  append(tail, {
    "-map_metadata", "-1", "-metadata", "title=" .. options.title,
    "-metadata", "comment=" .. options.comment, "-metadata", "encoder=",
  })
  return self:command("out.mp4", append(append(tail, EXACT), MP4))
end

--- Ends the plan with a clip whose picture goes through `filter` and whose sound stays as it is.
---@return reel.render.Plan
function Plan:filtered_clip(filter)
  local tail = append({ "-vf", filter }, VIDEO)
  append(tail, { "-c:a", "copy", "-map_metadata", "0", "-metadata", "encoder=" })
  return self:command("out.mp4", append(append(tail, EXACT), MP4))
end

--- Ends the plan with one JPEG. selection: -map or -vf and its value; quality: 2 (best) to 31
---@return reel.render.Plan
function Plan:picture(selection, quality)
  local tail = append({}, selection)
  append(tail, { "-frames:v", "1", "-q:v", tostring(quality) })
  return self:command("out.jpg", append(append(tail, EXACT), JPEG))
end

return plan
