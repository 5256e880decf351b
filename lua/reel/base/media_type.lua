-- What a media file is, by its first bytes: names and headers may lie.
local media_type = {}

local HEAD <const> = 64

-- Pattern of the first bytes, extension, MIME type.
local magic = {
  { "^....ftypqt", "mov", "video/quicktime" },
  { "^....ftypavif", "avif", "image/avif" },
  { "^....ftyp", "mp4", "video/mp4" },
  { "^\x1A\x45\xDF\xA3", "webm", "video/webm" },
  { "^\xFF\xD8\xFF", "jpg", "image/jpeg" },
  { "^\x89PNG\r\n\x1A\n", "png", "image/png" },
  { "^RIFF....WEBP", "webp", "image/webp" },
  { "^RIFF....WAVE", "wav", "audio/wav" },
  { "^GIF8", "gif", "image/gif" },
  { "^ID3", "mp3", "audio/mpeg" },
  { "^OggS", "ogg", "audio/ogg" },
}

--- Extension and MIME type of a file by its first bytes; nil if they tell nothing.
---@param path string
---@return string? extension, string? mime_type
function media_type.of(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local head = file:read(HEAD) or ""
  file:close()
  for _, entry in ipairs(magic) do
    if head:find(entry[1]) then return entry[2], entry[3] end
  end
end

--- All extensions that extension_of can return.
media_type.extensions = { "bin" }
for _, entry in ipairs(magic) do table.insert(media_type.extensions, entry[2]) end

-- What servers send in place of a file: pages, messages, and files packed for the way.
local no_media = {
  { "^\x1F\x8B", "it is compressed" }, { "^\xEF?\xBB?\xBF?%s*[<{%[]", "it is a page of text" },
  { "^$", "it is empty" },
}

--- The extension for a result. Content that nobody knows gets "bin"; nil for what is no media.
---@param path string
---@return string? extension, string? problem
function media_type.extension_of(path)
  local extension = media_type.of(path)
  if extension then return extension end
  local file, message = io.open(path, "rb")
  if not file then return nil, message end
  local head = file:read(HEAD) or ""
  file:close()
  for _, entry in ipairs(no_media) do
    if head:find(entry[1]) then return nil, entry[2] end
  end
  return "bin"
end

return media_type
