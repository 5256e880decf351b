-- Pictures from outside: finds the format by the first bytes and makes the command that proves a
-- picture whole. The demuxer is always forced: if ffmpeg chose it by the file's name, a text file
-- could be opened as a list of other files.

local plans = require "reel.render.plan"

local image = {}

image.DEMUXERS = { jpeg = "jpeg_pipe", png = "png_pipe", webp = "webp_pipe" }

-- These formats may have transparent parts, which can still hold colours.
image.HAS_ALPHA = { png = true, webp = true }

local SIGNATURES = {
  { "jpeg", "^\xff\xd8\xff" },
  { "png", "^\x89PNG\r\n\x1a\n" },
  { "webp", "^RIFF....WEBP" },
}

--- The format of a picture, by its first 12 bytes.
---@param prefix string
---@return "jpeg"|"png"|"webp"|nil
function image.format_of(prefix)
  for _, signature in ipairs(SIGNATURES) do
    if prefix:find(signature[2]) then return signature[1] end
  end
  return nil
end

--- Options with which ffmpeg reads a picture of this format and nothing else.
---@param format string   "jpeg", "png" or "webp"; raises for any other
---@return string[]
function image.input_options(format)
  local options = table.move(plans.GUARD, 1, #plans.GUARD, 1, {})
  options[#options + 1] = "-f"
  options[#options + 1] = assert(image.DEMUXERS[format], "unknown image format")
  return options
end

--- A command that succeeds only when the whole picture can be decoded.
---@param picture { path: string, format: string }
---@return string[] argv
function image.validate(picture)
  local argv = { "ffmpeg", "-nostdin", "-v", "error", "-xerror", "-err_detect", "explode" }
  local options = image.input_options(picture.format)
  table.move(options, 1, #options, #argv + 1, argv)
  local tail = { "-i", "file:" .. picture.path, "-frames:v", "1", "-f", "null", "-" }
  return table.move(tail, 1, #tail, #argv + 1, argv)
end

return image
