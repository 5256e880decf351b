-- Lists the endpoints of the vendor's API, each with its method and path, and the vendor's pages
-- for people. This file requires nothing, so that every folder above may read it.
--
-- The hosts are settings, since a local service or a proxy may take the vendor's place. The
-- vendor's own hosts are the defaults of these settings, in config/settings.lua.

---@class reel.Endpoint
---@field host "base_url"|"upload_url"   The setting that holds the host.
---@field method "GET"|"POST"
---@field path string
---@field query string?    The name of the only argument in the URL, if there is one.
---@field paid boolean?    Whether a request costs credits; only pay/send.lua sends such a request.

---@alias reel.EndpointName "create"|"record"|"credit"|"download_link"|"upload"

-- Source: docs.kie.ai, read 2026-03.
local endpoints = {
  ---@type table<reel.EndpointName, reel.Endpoint>
  by_name = {
    create = {
      host = "base_url", method = "POST", path = "/api/v1/jobs/createTask", paid = true,
    },
    record = {
      host = "base_url", method = "GET", path = "/api/v1/jobs/recordInfo", query = "taskId",
    },
    credit = { host = "base_url", method = "GET", path = "/api/v1/chat/credit" },
    download_link = { host = "base_url", method = "POST", path = "/api/v1/common/download-url" },
    upload = { host = "upload_url", method = "POST", path = "/api/file-stream-upload" },
  },

  -- Messages name these pages.
  KEY_PAGE = "https://kie.ai/api-key",
  PRICE_PAGE = "https://kie.ai/pricing",
}

return endpoints
