-- Colours as "#rrggbb", mixed and told in the ways of SVG, ASS and filters.

local colour = {}

local function parts(hex)
  return tonumber(hex:sub(2, 3), 16), tonumber(hex:sub(4, 5), 16), tonumber(hex:sub(6, 7), 16)
end

--- `share` 0 gives `from`, 1 gives `to`.
---@param from string
---@param to string
---@param share number
---@return string
function colour.mix(from, to, share)
  local r1, g1, b1 = parts(from)
  local r2, g2, b2 = parts(to)
  local function between(low, high) return math.floor(low + (high - low) * share + 0.5) end
  return ("#%02x%02x%02x"):format(between(r1, r2), between(g1, g2), between(b1, b2))
end

--- 0 is black, 1 is white (the weights of BT.601).
---@param hex string
---@return number
function colour.brightness(hex)
  local red, green, blue = parts(hex)
  return (0.299 * red + 0.587 * green + 0.114 * blue) / 255
end

--- ASS writes blue first and wants &H…& around it in tags.
---@param hex string
function colour.ass(hex)
  return (hex:gsub("^#(..)(..)(..)$", "%3%2%1"):upper())
end

--- As filters take it.
---@param hex string
function colour.filter(hex)
  return "0x" .. hex:sub(2)
end

return colour
