-- How long the next clip should take: the median of the last clips of its model in the journal.
local job = require "reel.core.job"
local json = require "reel.base.json"
local config = require "reel.config"
local session = require "reel.session"

local Past = {}
local past_mt = { __name = "reel.show.Past", __index = Past }

local past = {}

local SAMPLE <const> = 21 -- clips

--- The median of the times that results hold, in seconds; nil when none holds a time.
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

-- Runs in its own job, so that no redraw waits for the disk. After an error nothing is expected.
local function read_median(self, model)
  pcall(function()
    local results = session.journal():last_results(config.origin(), model, SAMPLE)
    self.seconds[model] = past.median(results)
  end)
end

--- Seconds that a clip of this model should take; nil while this is not known.
---@param model string?
---@return number?
function Past:expected(model)
  if model and not self.asked[model] then
    self.asked[model] = true
    job.spawn(read_median, self, model):detach()
  end
  return self.seconds[model or ""]
end

--- Lets the next `expected` read the journal again, for use after a clip has ended.
---@param model string?
function Past:forget(model)
  if model then self.asked[model] = nil end
end

---@return table
function past.new()
  return setmetatable({ seconds = {}, asked = {} }, past_mt)
end

return past
