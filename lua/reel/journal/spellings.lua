-- Tells under which other spellings of its origin a journal has calls. Almost no journal has any,
-- so each project is looked at once, and not each new call.
local canonical_json = require "reel.base.canonical_json"

local spellings = {}

local in_use = setmetatable({}, { __mode = "k" }) -- journal -> project and origin -> origins

--- The other spellings of a call's origin under which the journal has calls of its project.
---@async
---@param journal reel.Journal
---@param call table   of pay/prepare.lua: project, origin, other_origins
---@return string[]
function spellings.in_use(journal, call)
  if not (call.other_origins and call.other_origins[1]) then return {} end
  local of_journal = in_use[journal] or {}
  in_use[journal] = of_journal
  local place = call.origin .. " " .. call.project
  if not of_journal[place] then
    local found = {}
    for i, row in ipairs(journal:rows("SELECT value FROM json_each(?1) WHERE EXISTS(SELECT 1"
      .. " FROM call WHERE project = ?2 AND origin = value)",
      canonical_json.encode(call.other_origins), call.project)) do
      found[i] = row.value
    end
    of_journal[place] = found
  end
  return of_journal[place]
end

return spellings
