-- Mixes colours of the form "#rrggbb", and writes them as ASS and ffmpeg's filters want them.

local colour = {}

local function parts(hex)
  return tonumber(hex:sub(2, 3), 16), tonumber(hex:sub(4, 5), 16), tonumber(hex:sub(6, 7), 16)
end

--- A mixture of two colours: `share` 0 gives `from`, 1 gives `to`.
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

--- The brightness of a colour, from 0 for black to 1 for white, with the weights of BT.601.
---@param hex string
---@return number
function colour.brightness(hex)
  local red, green, blue = parts(hex)
  return (0.299 * red + 0.587 * green + 0.114 * blue) / 255
end

--- A colour as ASS writes it, with blue first. In a tag, &H and & have to stand around it.
---@param hex string
function colour.ass(hex)
  return (hex:gsub("^#(..)(..)(..)$", "%3%2%1"):upper())
end

--- A colour as ffmpeg's filters take it.
---@param hex string
function colour.filter(hex)
  return "0x" .. hex:sub(2)
end

return colour
