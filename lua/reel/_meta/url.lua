---@meta reel.core.url

error("this file describes reel.core.url for editors; require reel.core.url itself")

--- URLs, read by the parser that libcurl itself connects with.
---@class reel.core.url
local url = {}

---@class reel.core.UrlParts
---@field scheme string      In lower case.
---@field user string?
---@field host string        In lower case; an IPv6 address in brackets, IPv4 in four numbers.
---@field port string?       "1" to "65535", without zeros in front; nil: none is given.
---@field place string       The host, and ":port" if there is one.
---@field origin string      "scheme://place"
---@field path string        At least "/"; without "." and "..".
---@field query string?      Without the "?".
---@field fragment string?   Without the "#".

--- Takes a URL of any scheme apart.
---@param text any
---@return reel.core.UrlParts? parts   nil: `text` is no "scheme://host…", or libcurl does not take
---  it, or it holds a space, a control byte, port 0 or an IPv6 zone
function url.parse(text) end

--- Whether `text` is an http or https URL that parse() takes.
---@param text any
---@return boolean
function url.is_web(text) end

--- Where a redirect leads.
---@param base string       an absolute URL
---@param location string   absolute or relative to it (RFC 3986, section 5)
---@return string? target   nil: `base` or the target is no URL
function url.resolve(base, location) end

return url
