---@meta reel.core.digest

error("this file describes reel.core.digest for editors; require reel.core.digest itself")

--- Hashes, base64 and random bytes.
---@class reel.core.digest
local digest = {}

---@param bytes string
---@return string hex   64 digits, lower case
function digest.sha256(bytes) end

--- Reads the file on the I/O thread.
---@async
---@param path string
---@return string? hex
---@return reel.core.Word? word
---@return string? message
function digest.sha256_file(path) end

---@param key string
---@param bytes string
---@return string sum   32 bytes, not hex
function digest.hmac_sha256(key, bytes) end

---@param bytes string
---@return string
function digest.base64(bytes) end

---@param text string
---@return string? bytes   nil: the text is not base64
function digest.unbase64(text) end

--- Random bytes that nobody can guess.
---@param count integer   0 to 1 MiB
---@return string
function digest.random(count) end

--- Whether two strings are equal. The time does not depend on where they differ.
---@param a string
---@param b string
---@return boolean
function digest.equal(a, b) end

return digest
