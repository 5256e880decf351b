---@meta reel.core.http

error("this file describes reel.core.http for editors; require reel.core.http itself")

--- HTTP transfers on the I/O thread, at most 64 at once. None follows redirects.
---@class reel.core.http
local http = {}

---@class reel.core.HttpRequest
---@field url string                  http or https.
---@field headers? string[]           "Name: value"
---@field body? string                Not for uploads.
---@field timeout? number             Seconds; 0 is no limit; default 30, for files 0.
---@field connect_timeout? number     Seconds; default 15.
---@field max_body? integer           Largest body of an answer; default 1 MiB. More is "too_large".

---@class reel.core.HttpRequestOptions : reel.core.HttpRequest
---@field method? string        Default GET, or POST with a body.
---@field public_only? boolean  Connect to public addresses only; default false.

---@class reel.core.HttpDownloadOptions : reel.core.HttpRequest
---@field path string           Where the file appears; until it is whole, it is path..".part".
---@field folder? reel.core.Folder   Then `path` is a name in this folder.
---@field max_bytes? number     Default 4e9. A larger file is "too_large".
---@field min_free? integer     Bytes that stay free on the disk; default 0.
---@field min_speed? number     Bytes a second. The whole transfer may take `patience` seconds, and
---  a second more for each so many bytes; then "timeout". Default 0: no limit.
---@field patience? number      Seconds; default 0.
---@field resume? boolean       Continue the .part file of an earlier try; default false.
---@field public_only? boolean  Connect to public addresses only; default false.
---@field low_speed? number     Seconds below 1 KiB/s until "timeout", at most 3600; default 30.
---  0 is no limit.

---@class reel.core.HttpUploadOptions : reel.core.HttpRequest
---@field file string            Path of the file, which is read while it is being sent.
---@field field? string          Name of the part; default "file".
---@field filename? string
---@field content_type? string
---@field fields? string[][]     Other parts, as pairs of name and value.
---@field low_speed? number      As for downloads.

---@class reel.core.HttpResponse
---@field status integer
---@field retry_after integer?   Seconds to wait, 1 to 3600, from the header Retry-After; a date in
---  the header is converted.
---@field headers table<string, string>   Names in lower case; of equal names the last counts.
---@field body string

---@class reel.core.HttpFile : reel.core.HttpResponse
---@field bytes integer   Size of the file.

---@async
---@param options reel.core.HttpRequestOptions
---@return reel.core.HttpResponse? response
---@return reel.core.Word? word
---@return string? message
function http.request(options) end

--- Downloads into a file that appears at its path only when it is whole and on the disk. After a
--- status other than 200 there is no file.
---@async
---@param options reel.core.HttpDownloadOptions
---@return reel.core.HttpFile? response
---@return reel.core.Word? word
---@return string? message
---@return integer? bytes   that came before the failure
function http.download(options) end

--- Sends a file as multipart/form-data.
---@async
---@param options reel.core.HttpUploadOptions
---@return reel.core.HttpResponse? response
---@return reel.core.Word? word
---@return string? message
function http.upload(options) end

---@class reel.core.HttpSettings
---@field ca_file? string   Certificates to trust (PEM); default: the system's.
---@field proxy? string     "" for none; default: that of the environment.

--- Changes the settings of all later transfers.
---@param settings reel.core.HttpSettings
---@return true? done
---@return reel.core.Word? word
---@return string? message
function http.configure(settings) end

--- Whether a host may be on the public internet: a name, or an address that is not private.
---@param host string
---@return boolean
function http.is_public(host) end

return http
