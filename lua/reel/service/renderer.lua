-- Finds out what can be rendered on this machine. This happens once, when the service starts.
local job = require "reel.core.job"
local process = require "reel.core.process"

local renderer = {}

local TIMEOUT_S <const> = 10
local LISTS <const> = { "-encoders", "-decoders", "-filters" }

local INSTALL <const> = "so every clip is plain grey; for drawn previews: apt-get install ffmpeg"

local function list(what)
  local result = process.run { argv = { "ffmpeg", "-hide_banner", what }, timeout = TIMEOUT_S }
  return result and result.stdout or ""
end

-- Asks ffmpeg for its encoders, decoders and filters, all at once.
local function read_lists()
  local jobs, texts = {}, {}
  for i, what in ipairs(LISTS) do
    jobs[i] = job.spawn(list, what)
  end
  for i, asked in ipairs(jobs) do
    asked:join()
    texts[i] = asked:result()
  end
  return table.unpack(texts)
end

local function notice_for(abilities)
  if not abilities.usable then return "this machine has no usable ffmpeg, " .. INSTALL end
  if #abilities.missing > 0 then
    return "this ffmpeg lacks " .. table.concat(abilities.missing, ", ") .. ": clips are plainer"
  end
end

---@async
---@param wanted boolean|table|nil   False: none. A table: the renderer itself. Else what is found.
---@return table? renderer
---@return table? abilities   What ffmpeg can do; nil: everything.
---@return string? notice     What the user should know.
function renderer.choose(wanted)
  if wanted == false then return nil end
  if type(wanted) == "table" then return wanted end
  local render = require "reel.render"
  local abilities = render.probe(read_lists())
  return abilities.usable and render or nil, abilities, notice_for(abilities)
end

return renderer
