-- How long clips took so far: the median of a model's last ones in the journal, which is the best
-- guess for the next.
local job = require "reel.core.job"
local json = require "reel.base.json"
local config = require "reel.config"
local session = require "reel.session"

local Past = {}
local past_mt = { __name = "reel.cli.Past", __index = Past }

local past = {}

local LAST <const> = 21 -- clips that are looked at

--- The middle one of the times that results tell; nil when none does.
---@param results { result_json: string }[]
---@return number?
function past.median(results)
  local times = {}
  for _, result in ipairs(results) do
    local decoded = json.decode(result.result_json or "")
    local elapsed = type(decoded) == "table" and decoded._elapsed
    if math.type(elapsed) and elapsed > 0 then times[#times + 1] = elapsed end
  end
  table.sort(times)
  return times[(#times + 1) // 2]
end

-- In a job of its own, so that no redraw waits for the disk. Without an answer there is no guess.
local function look(self, model)
  pcall(function()
    local results = session.journal():last_results(config.origin(), model, LAST)
    self.seconds[model] = past.median(results)
  end)
end

--- Seconds that a clip of this model should take; nil while that is not known.
---@param model string?
---@return number?
function Past:expected(model)
  if model and not self.asked[model] then
    self.asked[model] = true
    job.spawn(look, self, model):detach()
  end
  return self.seconds[model or ""]
end

--- Has the journal asked again, as after a clip that has ended.
---@param model string?
function Past:forget(model)
  if model then self.asked[model] = nil end
end

---@return table
function past.new()
  return setmetatable({ seconds = {}, asked = {} }, past_mt)
end

return past
