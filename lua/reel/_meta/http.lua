---@meta reel.core.http

error("this file only tells editors what reel.core.http is: require that")

--- HTTP transfers on the I/O thread, at most 64 at once. None follows redirects.
---@class reel.core.http
local http = {}

---@class reel.core.HttpRequest
---@field url string                  http or https.
---@field headers? string[]           "Name: value"
---@field body? string                Not for uploads.
---@field timeout? number             Seconds, 0: no limit; default 30, for files 0.
---@field connect_timeout? number     Seconds; default 15.
---@field max_body? integer           Bytes of an answer in memory; default 1 MiB.

---@class reel.core.HttpRequestOptions : reel.core.HttpRequest
---@field method? string   Default GET, or POST with a body.

---@class reel.core.HttpPollOptions : reel.core.HttpRequest
---@field first? number      Seconds before the first query; default 0.
---@field factor? number     1 to 100: each pause is so many times the one before; default 1.5.
---@field max? number        Seconds of the longest pause; default 15.
---@field jitter? number     0 to 1: pauses vary by this part; default 0.1.
---@field deadline? number   Seconds until it comes back without news; default: none.
---@field last? string       Of the answer before: an equal one is no news.

---@class reel.core.HttpDownloadOptions : reel.core.HttpRequest
---@field path string           Where the file goes once it is whole; until then path..".part".
---@field max_bytes? number     Default 4e9. More: "too_large".
---@field resume? boolean       Go on with what an earlier try left; default false.
---@field public_only? boolean  Connect to public addresses only; default false.
---@field low_speed? number     Seconds of next to nothing until "timeout", to 3600; default 30.

---@class reel.core.HttpUploadOptions : reel.core.HttpRequest
---@field file string            Path; it is read as it is sent.
---@field field? string          Name of the part; default "file".
---@field filename? string
---@field content_type? string
---@field fields? string[][]     Other parts, as pairs of name and value.
---@field low_speed? number      As for downloads.

---@class reel.core.HttpResponse
---@field status integer
---@field headers table<string, string>   Names in lower case; of equal ones the last.
---@field body string

---@class reel.core.HttpNews : reel.core.HttpResponse
---@field last string     For the next poll.
---@field delay number    Seconds: the pause that would come next.
---@field polls integer   How many queries it took.

---@class reel.core.HttpFile : reel.core.HttpResponse
---@field bytes integer   Size of the file.

---@async
---@param options reel.core.HttpRequestOptions
---@return reel.core.HttpResponse? response
---@return reel.core.Word? word
---@return string? message
function http.request(options) end

--- Asks again and again, and comes back with an answer that differs from the last one, with a
--- failure, or at the deadline.
---@async
---@param options reel.core.HttpPollOptions
---@return reel.core.HttpNews? news
---@return reel.core.Word? word
---@return string? message
---@return number? delay    seconds, after a failure: the pause that would come next
---@return integer? polls
function http.poll(options) end

--- Streams to a file that appears at its path only when it is whole and on the disk. A status other
--- than 200 leaves no file.
---@async
---@param options reel.core.HttpDownloadOptions
---@return reel.core.HttpFile? response
---@return reel.core.Word? word
---@return string? message
---@return integer? bytes   that came before it failed
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

--- Settings for all transfers from here on.
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
