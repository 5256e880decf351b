-- What an ffmpeg can do, read from its lists of encoders, decoders and filters.

local probe = {}

-- Each ability, the list that shows it, and the name that the list must hold.
local NEEDS = {
  { "h264", "encoders", "libx264" },
  { "aac", "encoders", "aac" },
  { "svg", "decoders", "librsvg" },
  { "svg", "filters", "unpremultiply" },
  { "webp", "decoders", "webp" },
  { "subtitles", "filters", "subtitles" },
  { "drawtext", "filters", "drawtext" },
  { "delogo", "filters", "delogo" },
  { "perspective", "filters", "perspective" },
}

local function names_of(listing)
  local names = {}
  for name in ("\n" .. listing):gmatch("\n%s*[%u%.|]+%s+([%w_%-]+)") do names[name] = true end
  return names
end

---@class reel.render.Abilities
---@field h264 boolean
---@field aac boolean
---@field svg boolean
---@field webp boolean
---@field subtitles boolean
---@field drawtext boolean
---@field delogo boolean
---@field perspective boolean
---@field usable boolean      clips can be rendered at all
---@field missing string[]    names of encoders, decoders and filters that this ffmpeg lacks

--- Reads the output of `ffmpeg -hide_banner -encoders`, `-decoders` and `-filters`.
---@param encoders string
---@param decoders string
---@param filters string
---@return reel.render.Abilities
function probe.read(encoders, decoders, filters)
  local known = {
    encoders = names_of(encoders), decoders = names_of(decoders), filters = names_of(filters),
  }
  local abilities = { missing = {} }
  for _, need in ipairs(NEEDS) do
    local ability, list, name = table.unpack(need)
    local is_there = known[list][name] == true
    abilities[ability] = is_there and abilities[ability] ~= false
    if not is_there then table.insert(abilities.missing, name) end
  end
  abilities.usable = abilities.h264 and abilities.aac
  return abilities
end

--- The abilities of an ffmpeg that can do everything.
---@return reel.render.Abilities
function probe.full()
  local abilities = { missing = {}, usable = true }
  for _, need in ipairs(NEEDS) do abilities[need[1]] = true end
  return abilities
end

return probe
