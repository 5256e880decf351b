-- Tells what kind of media a file holds by its first bytes, since file names and HTTP headers may
-- be wrong.
local media_type = {}

local HEAD_BYTES <const> = 64

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

--- The extension and MIME type of a file by its first bytes; nil if no pattern matches, or if
--- the file cannot be opened.
---@param path string
---@return string? extension, string? mime_type
function media_type.of(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local head = file:read(HEAD_BYTES) or ""
  file:close()
  for _, entry in ipairs(magic) do
    if head:find(entry[1]) then return entry[2], entry[3] end
  end
end

--- All extensions that extension_of can return.
media_type.extensions = { "bin" }
for _, entry in ipairs(magic) do table.insert(media_type.extensions, entry[2]) end

-- What servers send in place of a media file: pages, JSON messages, compressed and empty bodies.
local not_media = {
  { "^\x1F\x8B", "it is compressed" }, { "^\xEF?\xBB?\xBF?%s*[<{%[]", "it is a page of text" },
  { "^$", "it is empty" },
}

--- The extension for a result file. Content of an unknown kind gets "bin"; content that is
--- certainly not media gets nil and the problem.
---@param path string
---@return string? extension, string? problem
function media_type.extension_of(path)
  local extension = media_type.of(path)
  if extension then return extension end
  local file, message = io.open(path, "rb")
  if not file then return nil, message end
  local head = file:read(HEAD_BYTES) or ""
  file:close()
  for _, entry in ipairs(not_media) do
    if head:find(entry[1]) then return nil, entry[2] end
  end
  return "bin"
end

return media_type
