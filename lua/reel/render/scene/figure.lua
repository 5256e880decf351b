-- People: a small figure with a raised arm, and the heads of an audience.

local colour = require "reel.render.colour"
local svg = require "reel.render.svg"

local figure = {}

local function limb(d, stroke, width)
  return svg.tag("path", {
    d = d, fill = "none", stroke = stroke, stroke_width = width,
    stroke_linecap = "round", stroke_linejoin = "round",
  })
end

--- Drawn 100 units tall with the feet at 0 0, then moved and scaled.
local function person(coat, skin, hair)
  return table.concat {
    svg.tag("ellipse", { cx = 0, cy = 0, rx = 26, ry = 5, fill_opacity = 0.3 }),
    limb("M-6 -30V-2M6 -30V-2", hair, 8),
    limb("M12 -65L25 -70L31 -89", coat, 8),
    limb("M-13 -64L-22 -48L-15 -35", coat, 8),
    svg.shape("M-13 -67Q0 -76 13 -67L15 -23Q0 -19 -15 -23Z", coat),
    svg.shape("M-6 -70Q0 -73 6 -70L0 -55Z", "#ffffff", { fill_opacity = 0.28 }),
    svg.circle(32, -93, 4.2, skin),
    svg.circle(-15, -32, 4, skin),
    svg.circle(0, -86, 11, skin),
    svg.shape("M-11.5 -86a11.5 11.7 0 0 1 23 0c-5 -7 -16 -6 -23 0Z", hair),
  }
end

--- A presenter standing at `x`, `y`, `height` world units tall.
function figure.presenter(world, x, y, height)
  local colours = world.palette
  local coat = colour.mix(colours.accent, colours.close, 0.28)
  local skin = colour.mix(colours.disc, "#b9734f", 0.4)
  return svg.tag("g", {
    transform = ("translate(%.0f %.0f) scale(%.3f)"):format(x, y, height / 100),
  }, person(coat, skin, colours.ground))
end

--- Head and shoulders; the body goes on below the frame.
local function listener(world, x, y, radius)
  local shoulder, waist = radius * 1.75, radius * 3
  return svg.tag("circle", { cx = x, cy = y, r = radius })
    .. svg.tag("path", {
      d = ("M%.0f %.0fQ%.0f %.0f %.0f %.0fT%.0f %.0fV%.0fH%.0fZ"):format(
        x - shoulder, y + waist, x - shoulder, y + radius * 0.9, x, y + radius * 0.9,
        x + shoulder, y + waist, world.height * 2, x - shoulder),
    })
end

--- A row of listeners, some with a bun. options: y, radius, gap, fill
function figure.audience(world, options)
  local random, parts = world.random, {}
  local x = -60
  while x < world.strip + 60 do
    local radius = options.radius * random:between(0.88, 1.12)
    local y = options.y + random:between(-14, 14)
    parts[#parts + 1] = listener(world, x, y, radius)
    if random:float() < 0.4 then
      parts[#parts + 1] = svg.tag("circle", {
        cx = x + random:between(-0.4, 0.4) * radius, cy = y - radius * 0.9, r = radius * 0.42,
      })
    end
    x = x + options.gap * random:between(0.9, 1.15)
  end
  return svg.tag("g", {
    fill = options.fill, stroke = "#ffffff", stroke_opacity = 0.1, stroke_width = 3,
  }, table.concat(parts))
end

return figure
