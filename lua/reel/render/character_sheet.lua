-- A character sheet from a clip: a round portrait, the handle, the traits, and four thumbnails. The
-- page is an SVG with holes; the frames go under it, so no masks are computed.

local ass = require "reel.render.ass"
local colour = require "reel.render.colour"
local filter = require "reel.render.filter"
local glyph = require "reel.render.glyph"
local overlay = require "reel.render.overlay"
local palette = require "reel.render.palette"
local plans = require "reel.render.plan"
local prng = require "reel.render.prng"
local probe = require "reel.render.probe"
local svg = require "reel.render.svg"
local text = require "reel.render.text"
local wrap = require "reel.render.wrap"

local sheet = {}

local WIDTH, HEIGHT = 1280, 720
local PORTRAIT = { x = 270, y = 270, radius = 190 }
local THUMBS = { count = 4, x = 72, y = 528, width = 272, height = 154, gap = 16 }
local TEXT_X, TEXT_WIDTH = 540, 668
local NAME_SIZE = 78
local PAPER = "#f2ece2"

-- Font size, largest number of lines, and top of the two paragraphs.
local TRAITS = { size = 32, lines = 4, y = 268 }
local SAFETY = { size = 22, lines = 2, y = 446 }

local function round_hole(x, y, radius)
  return ("M%d %da%d %d 0 1 0 %d 0a%d %d 0 1 0 -%d 0Z"):format(
    x - radius, y, radius, radius, radius * 2, radius, radius, radius * 2)
end

local function box_hole(x, y, width, height, r)
  local function corner(dx, dy) return ("a%d %d 0 0 1 %d %d"):format(r, r, dx, dy) end
  return ("M%d %dh%d%sv%d%sh-%d%sv-%d%sZ"):format(x + r, y,
    width - 2 * r, corner(r, r), height - 2 * r, corner(-r, r),
    width - 2 * r, corner(-r, -r), height - 2 * r, corner(r, -r))
end

local function holes()
  local parts = { round_hole(PORTRAIT.x, PORTRAIT.y, PORTRAIT.radius) }
  for index = 0, THUMBS.count - 1 do
    local x = THUMBS.x + index * (THUMBS.width + THUMBS.gap)
    parts[#parts + 1] = box_hole(x, THUMBS.y + 1, THUMBS.width, THUMBS.height - 2, 10)
  end
  return table.concat(parts)
end

local function ring(radius, stroke, width, opacity)
  return svg.tag("circle", {
    cx = PORTRAIT.x, cy = PORTRAIT.y, r = radius, fill = "none", stroke = stroke,
    stroke_width = width, stroke_opacity = opacity,
  })
end

local function page_body(colours)
  local light = colour.mix(colours.ground, colours.close, 0.6)
  return svg.linear_gradient("page", { { 0, light }, { 1, "#07060c" } })
    .. svg.shape(("M0 0H%dV%dH0Z%s"):format(WIDTH, HEIGHT, holes()), "url(#page)",
      { fill_rule = "evenodd" })
    .. ring(PORTRAIT.radius + 2, colours.accent, 4, 1)
    .. ring(PORTRAIT.radius + 16, "#ffffff", 1.5, 0.18)
    .. svg.rect(TEXT_X, 236, 72, 5, colours.accent)
end

local function add_styles(script, colours)
  local function style(name, font, size, hue, more)
    more.Name, more.Fontname, more.Fontsize, more.PrimaryColour = name, font, size, hue
    script:style(more)
  end
  local accent = ass.colour(colours.accent)
  style("Name", "League Spartan", NAME_SIZE, ass.colour(PAPER), { Bold = -1, Alignment = 1 })
  style("Text", "Karla", TRAITS.size, ass.colour(PAPER), { Encoding = -1 })
  style("Small", "Karla", SAFETY.size, ass.colour(PAPER, "50"), { Encoding = -1 })
  style("Label", "Karla", 17, accent, { Bold = -1, Spacing = 3 })
end

--- Adds a paragraph whose lines are broken here; one that is written from the right stands on the
--- right.
local function add_paragraph(script, style, words, area)
  local line = text.clean(words)
  local columns = math.floor(TEXT_WIDTH / (area.size * 0.47))
  local lines = wrap.balanced(text.cut(line, math.floor(columns * area.lines * 0.92)), columns)
  local rtl = glyph.is_right_to_left(line)
  for index, words_of_line in ipairs(lines) do lines[index] = ass.escape(words_of_line) end
  script:event(0, { 0, 60 }, style, ("\\q2\\an%d\\pos(%d,%d)"):format(
    rtl and 9 or 7, rtl and TEXT_X + TEXT_WIDTH or TEXT_X, area.y),
    table.concat(lines, "\\N", 1, math.min(#lines, area.lines)))
end

local function add_label(script, y, words)
  script:event(0, { 0, 60 }, "Label", ("\\pos(%d,%d)"):format(TEXT_X, y), words)
end

--- A long handle is set smaller, so that it stays on its line.
local function add_name(script, handle)
  local name = "@" .. text.shorten(text.clean(handle):gsub("^@", ""), 40)
  local size = math.min(NAME_SIZE, TEXT_WIDTH / (glyph.columns(name) * 0.56))
  script:event(0, { 0, 60 }, "Name",
    ("\\q2\\pos(%d,222)\\fs%d"):format(TEXT_X, math.floor(size)), ass.escape(name))
end

local function lettering(options, colours)
  local script = ass.new(WIDTH, HEIGHT)
  local safety = text.clean(options.safety or "")
  add_styles(script, colours)
  add_label(script, 96, "CHARACTER   " .. overlay.NOTICE)
  add_name(script, options.handle)
  add_paragraph(script, "Text", options.traits or "", TRAITS)
  add_label(script, 420, "SAFETY")
  add_paragraph(script, "Small", safety ~= "" and safety or "none given", SAFETY)
  return script:text()
end

--- Adds the portrait and the thumbnails from the key frames, which come every 2 s. The crops leave
--- the captions and the mark out. The portrait's square is never wider than a portrait clip.
local function add_frames(plan, clip_input, portrait_frame)
  local side = "'min(iw,ih*0.60)'"
  plan:chain("[%d:v]select='lt(n,5)',split=2[a][b]", clip_input)
  plan:chain("[a]select='eq(n,%d)',crop=%s:%s:(iw-ow)*0.44:ih*0.10,scale=%d:%d:flags=bicubic+%s,"
    .. "setpts=0[portrait]", portrait_frame, side, side, PORTRAIT.radius * 2, PORTRAIT.radius * 2,
    filter.EXACT)
  plan:chain("[b]select='gt(n,0)',crop=iw:ih*0.64:0:ih*0.06,scale=%d:%d"
    .. ":force_original_aspect_ratio=increase:flags=bicubic+%s,crop=%d:%d,tile=%dx1:padding=%d,"
    .. "setpts=0[thumbs]", THUMBS.width, THUMBS.height, filter.EXACT, THUMBS.width, THUMBS.height,
    THUMBS.count, THUMBS.gap)
end

local function add_layers(plan, page_input)
  plan:chain("[%d:v]%s,format=yuva420p[page]", page_input, filter.STILL)
  plan:chain("color=c=black:s=%dx%d:r=1:d=1[bottom]", WIDTH, HEIGHT)
  plan:chain("[bottom][portrait]overlay=%d:%d:eof_action=repeat[c]",
    PORTRAIT.x - PORTRAIT.radius, PORTRAIT.y - PORTRAIT.radius)
  plan:chain("[c][thumbs]overlay=%d:%d:eof_action=repeat[d]", THUMBS.x, THUMBS.y)
  plan:chain("[d][page]overlay=0:0:eof_action=repeat[e]")
end

--- One frame of a clip, unchanged. options: source, at (seconds, default 3), folder
---@return reel.render.Plan
function sheet.poster(options)
  local plan = plans.new(options.folder)
  local seek = ("%g"):format(options.at or 3)
  plan:kept(options.source, "-ss", seek)
  return plan:picture({ "-vf", "scale='min(640,iw)':-2:in_color_matrix=bt709"
    .. ":out_color_matrix=bt601:out_range=pc:flags=bicubic+" .. filter.EXACT
    .. ",format=yuvj420p" }, 4)
end

---@param options table   as for render.character_sheet
---@return reel.render.Plan
function sheet.plan(options)
  local abilities = options.abilities or probe.full()
  if not (abilities.svg and abilities.subtitles) then
    return sheet.poster { source = options.source, folder = options.folder }
  end
  local random = prng.new(prng.hash(options.handle))
  local colours = palette.get(random:pick(palette.names()))
  local plan = plans.new(options.folder)
  local clip = plan:kept(options.source, "-skip_frame", "nokey")
  local page = plan:layer("sheet.svg", WIDTH, HEIGHT, { 0, 0, WIDTH, HEIGHT }, page_body(colours))
  plan:file("sheet.ass", lettering(options, colours))
  add_frames(plan, clip, options.portrait_frame or 3)
  add_layers(plan, page)
  plan:chain("[e]subtitles=f=sheet.ass,%s[v]", filter.JPEG)
  return plan:picture({ "-map", "[v]" }, 3)
end

return sheet
