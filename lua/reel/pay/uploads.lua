-- Uploads local files to the vendor, which keeps an upload for three days. Within that time, equal
-- files are uploaded once, also by later runs. Several jobs that need the same file wait for one
-- transfer.
local defer = require "reel.base.defer"
local semaphore = require "reel.jobs.semaphore"
local config = require "reel.config"
local session = require "reel.session"
local upload = require "reel.vendor.upload"

local uploads = {}

local MARGIN_S <const> = 3600 -- a URL is not used in its last hour, since the task reads it later

local function find_or_send(file, origin)
  local journal = session.journal()
  local known = journal:upload_url(origin, file.content)
  if known then return known end
  local url, err = upload.send(file)
  if not url then return nil, err end
  local expires_s = os.time() + upload.KEPT_S - MARGIN_S
  journal:uploaded(origin, file.content, url, expires_s * 1000)
  return url
end

-- origin and content -> the jobs that need this upload: their number and their semaphore.
local in_use = {}

local function release(key, entry)
  entry.users = entry.users - 1
  if entry.users == 0 then in_use[key] = nil end
end

--- The URL of a file at the vendor. Uploads the file if the vendor does not have it.
---@async
---@param file reel.LocalFile
---@return string? url, reel.Error? err
function uploads.url_of(file)
  local origin = config.settings().upload_url
  local key = origin .. " " .. file.content
  local entry = in_use[key] or { semaphore = semaphore.new(1), users = 0 }
  in_use[key] = entry
  entry.users = entry.users + 1
  local _ <close> = defer(release, key, entry)
  local url, err = entry.semaphore:run(find_or_send, file, origin)
  return url, err
end

return uploads
