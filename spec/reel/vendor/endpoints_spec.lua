require "reel.core"
local client = require "support.service_client"
local endpoints = require "reel.vendor.endpoints"
local lfs = require "lfs"

local it = require "support.bounded"(it)

local function each_source(visit, folder)
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if name:find("%.lua$") then
      local file <close> = assert(io.open(path))
      visit(path, file:read("a"))
    elseif not name:find("^%.") and lfs.attributes(path, "mode") == "directory" then
      each_source(visit, path)
    end
  end
end

describe("reel.vendor.endpoints", function()
  it("are known to the local service, which has its own list", function()
    local service = client.start()
    finally(function() client.finish(service) end)
    for _, name in ipairs { "create", "record", "credit", "download_link", "upload" } do
      local endpoint = endpoints.by_name[name]
      local answer = client.request(service, endpoint.method, endpoint.path)
      assert.is_table(answer, name)
      assert.not_equal(404, answer.code, name)
    end
  end)

  it("are the only place with addresses of the vendor, beside the defaults of two settings",
    function()
      local found = {}
      each_source(function(path, source)
        local has_address = source:find('"/api/', 1, true) or source:find("https://[%w.]*kie")
        local is_independent = path:find("^lua/reel/service/")
        if has_address and not is_independent then found[#found + 1] = path end
      end, "lua/reel")
      table.sort(found)
      assert.same({ "lua/reel/config/settings.lua", "lua/reel/vendor/endpoints.lua" }, found)
    end)
end)
