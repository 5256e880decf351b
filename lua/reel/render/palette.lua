-- The colours of a scene, from the top of the sky to the ground before the camera.

local palette = {}

local NAMES = { "dawn", "harbour", "night", "desert", "moss", "neon", "frost", "clay" }
local FIELDS = { "high", "sky", "low", "disc", "far", "middle", "close", "ground", "accent" }

-- In the order of FIELDS: the sky and its disc, then the layers and the accent.
local ROWS = {
  dawn = {
    "#34416e", "#c87a8c", "#f5ba8e", "#ffe7c2",
    "#b86f80", "#7c5075", "#493861", "#1e1935", "#ffd08c",
  },
  harbour = {
    "#0f4b5b", "#4e9b99", "#edd4a2", "#fff4d6",
    "#70b1a8", "#2e8189", "#185362", "#072b39", "#ffd37c",
  },
  night = {
    "#080c20", "#1b2551", "#41518d", "#f4f1e0",
    "#34417b", "#242d5d", "#161d3f", "#080d1f", "#f6ba44",
  },
  desert = {
    "#d86a41", "#f09d63", "#f9daa4", "#fff2d4",
    "#da754c", "#ae4e30", "#773223", "#351513", "#ffe1a5",
  },
  moss = {
    "#a8c2a1", "#d6dfbc", "#f5eed1", "#fffbe8",
    "#93b390", "#5c8b70", "#2e604d", "#12312b", "#f3c350",
  },
  neon = {
    "#13062f", "#5c1371", "#e13770", "#ffa360",
    "#85237f", "#50166d", "#2b0c4b", "#0f0423", "#45f2e1",
  },
  frost = {
    "#7fa7c7", "#c0d6e3", "#f2f7f9", "#ffffff",
    "#bdd3e0", "#87aac0", "#4e7693", "#1c3b53", "#ffb76e",
  },
  clay = {
    "#ed9b78", "#f6c39e", "#fde7cd", "#fff7e8",
    "#e48165", "#c1534b", "#893646", "#3e1b2c", "#ffd268",
  },
}

--- A new table with one field for each colour, and `name`.
---@param name string
function palette.get(name)
  local colours = { name = name }
  for index, field in ipairs(FIELDS) do colours[field] = ROWS[name][index] end
  return colours
end

--- All names, in a fixed order.
---@return string[]
function palette.names()
  return table.move(NAMES, 1, #NAMES, 1, {})
end

return palette
