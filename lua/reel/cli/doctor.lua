-- reel doctor: shows what this installation has, where its settings come from, and whether the API
-- answers. The key is never shown.
local authority = require "reel.config.authority"
local core = require "reel.core"
local endpoints = require "reel.vendor.endpoints"
local output = require "reel.base.output"
local process = require "reel.core.process"
local config = require "reel.config"
local definitions = require "reel.config.settings"

local doctor = {
  name = "doctor",
  summary = "Check versions, settings, the key and whether the API answers.",
}

local FFMPEG_TIMEOUT <const> = 10 -- seconds

function doctor.describe() end

---@class reel.cli.Finding
---@field name string
---@field ok boolean
---@field text string

local function good(text) return true, text end
local function bad(text) return false, text end

-- The name and the check of each line. A check returns whether all is well, and what it found.
local checks = {
  { "reel", function() return good(core.version) end },
  { "Lua", function() return good((_VERSION:gsub("^Lua ", ""))) end },
  { "ffmpeg", function()
    local result = process.run({ argv = { "ffmpeg", "-version" }, timeout = FFMPEG_TIMEOUT })
    local version = result and result.stdout:match("version (%S+)")
    if version then return good(version) end
    return bad("missing; the local service needs it to draw: apt-get install ffmpeg")
  end },
  { "base_url", function(settings)
    local text = ("%s (%s)"):format(settings.base_url, settings.source.base_url)
    if settings.is_of_project.base_url then
      text = text .. ": the settings file of this folder decides where prompts go"
    end
    local warning = authority.unencrypted(settings)
    return good(warning and text .. "; warning: " .. warning or text)
  end },
  { "key", function(settings)
    if settings.api_key then return good("present (" .. settings.source.api_key .. ")") end
    if settings.refusals.api_key then return bad(settings.refusals.api_key) end
    return bad(("missing: set KIE_API_KEY (keys are made at %s), or use --local"):format(
      endpoints.KEY_PAGE))
  end },
  { "API", function(settings)
    if not settings.api_key then return bad("not tested, since there is no key to send") end
    local reel = require "reel"
    local credits, err = reel.try(reel.credits)
    if not credits then return bad(err.message) end
    return good(("answers; %g credits"):format(credits))
  end },
}

-- With --local the program itself has called configure, so the source of those settings is --local.
local function with_local_as_source(settings, is_local)
  local source = {}
  for name, label in pairs(settings.source) do
    source[name] = is_local and label == "configure" and "--local" or label
  end
  return setmetatable({ source = source }, { __index = settings })
end

-- What this folder says and reel refuses, except the key, which has a check.
local function refusals(settings)
  local found = {}
  for name, reason in pairs(settings.refusals) do
    if name ~= "api_key" then found[#found + 1] = { name = name, ok = false, text = reason } end
  end
  table.sort(found, function(a, b) return a.name < b.name end)
  return found
end

-- The settings that do not come from a default, except those that have a check.
local function changed_settings(settings)
  local found = {}
  for name, source in pairs(settings.source) do
    local value = settings[name]
    local is_plain = type(value) == "string" or type(value) == "number"
    if source ~= "default" and is_plain and not name:find("key$") and name ~= "base_url" then
      local shown = definitions.show(definitions.by_name[name], value)
      found[#found + 1] = { name = name, ok = true, text = ("%s (%s)"):format(shown, source) }
    end
  end
  table.sort(found, function(a, b) return a.name < b.name end)
  return found
end

local function examine(settings)
  local findings = {}
  for i, check in ipairs(checks) do
    local ok, text = check[2](settings)
    findings[i] = { name = check[1], ok = ok, text = text }
  end
  for _, more in ipairs { refusals(settings), changed_settings(settings) } do
    table.move(more, 1, #more, #findings + 1, findings)
  end
  return findings
end

local function print_plain(finding)
  output.print(("%-10s %s"):format(finding.name, finding.text))
end

local function print_json(finding)
  output.print_json({ check = finding.name, ok = finding.ok, text = finding.text })
end

function doctor.run(args)
  local all_well = true
  local settings = with_local_as_source(config.settings(), args["local"])
  local print_finding = args.json and print_json or print_plain
  for _, finding in ipairs(examine(settings)) do
    print_finding(finding)
    all_well = all_well and finding.ok
  end
  return all_well and 0 or 1
end

return doctor
