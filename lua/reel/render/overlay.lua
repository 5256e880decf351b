-- Everything that is drawn over the picture of a clip, as one ASS file: the title card, captions,
-- the wipes that hide hard cuts, the running time, the progress line and the PREVIEW mark.

local ass = require "reel.render.ass"
local colour = require "reel.render.colour"
local glyph = require "reel.render.glyph"
local text = require "reel.render.text"
local wrap = require "reel.render.wrap"

local overlay = {}

-- Fontconfig replaces a family that is not installed; on Debian it takes DejaVu Sans.
local TITLE_FONT, TEXT_FONT = "League Spartan", "Karla"
local PAPER = "#fff8ec"
local NOTICE = "PREVIEW · NOT SORA"
local HANDLES_COLUMNS = 40

local LAYER = { text = 2, title = 3, track = 4, progress = 5, pill = 6, mark = 7, wipe = 8 }

-- The width of a column of the title, and the distance of its lines, as shares of the font size.
local TITLE_COLUMN = { wide = 0.46, latin = 0.49, other = 0.58 }
local TITLE_LEAD = { wide = 1, other = 0.8 }

---@class reel.render.Page
---@field layout reel.render.Layout
---@field story reel.render.Story
---@field palette table
---@field shots table[]          start, frames, label
---@field duration integer       seconds
---@field title_seconds number   0 for a clip without a title card
---@field seed integer
---@field marked boolean
---@field handles string[]

--- The side on which text begins: its x, and its ASS alignments for bottom, middle and top. They
--- are numbered as on a numeric keypad.
local function begin_side(page)
  local layout = page.layout
  if page.story.right_to_left then return layout.width - layout.margin, { 3, 6, 9 } end
  return layout.margin, { 1, 4, 7 }
end

--- The side on which text ends, like begin_side.
local function end_side(page)
  local layout = page.layout
  if page.story.right_to_left then return layout.margin, { 1, 4, 7 } end
  return layout.width - layout.margin, { 3, 6, 9 }
end

local function has_bright_sky(page)
  return colour.brightness(colour.mix(page.palette.high, page.palette.sky, 0.6)) > 0.5
end

local function title_colour(page)
  return has_bright_sky(page) and page.palette.ground or PAPER
end

local function add_styles(script, page)
  local layout = page.layout
  local _, row = begin_side(page)
  local far_margin = layout.width - layout.margin - layout.caption_width
  local rtl = page.story.right_to_left
  script:style {
    Name = "Title", Fontname = TITLE_FONT, Fontsize = layout.title_size, Bold = -1, Spacing = -1,
    PrimaryColour = ass.colour(title_colour(page)), Alignment = row[2], Encoding = -1,
  }
  script:style {
    Name = "Caption", Fontname = TEXT_FONT, Fontsize = layout.caption_size, Spacing = 0.2,
    PrimaryColour = ass.colour(PAPER), Alignment = row[1], Encoding = -1,
    MarginL = rtl and far_margin or layout.margin, MarginR = rtl and layout.margin or far_margin,
  }
  script:style {
    Name = "Meta", Fontname = TEXT_FONT, Fontsize = layout.small, Bold = -1,
    Spacing = ("%.1f"):format(layout.small * 0.14), PrimaryColour = ass.colour(PAPER),
  }
  script:style {
    Name = "Draw", Fontname = TEXT_FONT, Fontsize = 20,
    PrimaryColour = ass.colour(page.palette.accent),
  }
end

local function title_lines(page)
  local layout, story = page.layout, page.story
  local column = story.wide and TITLE_COLUMN.wide
    or glyph.is_latin(story.title) and TITLE_COLUMN.latin or TITLE_COLUMN.other
  local size = layout.title_size * (story.wide and 0.82 or 1)
  local width = layout.portrait and layout.width - 2 * layout.margin
    or layout.width * 0.58 - layout.margin
  return wrap.balanced(story.title, math.floor(width / (size * column))), math.floor(size)
end

local function meta_lines(page)
  local layout = page.layout
  local facts = ("%d S   %d×%d   SEED %08x"):format(
    page.duration, layout.width, layout.height, page.seed)
  return NOTICE .. (layout.portrait and "\\N" or "   ") .. facts
end

local function add_title_card(script, page)
  if page.title_seconds == 0 then return end
  local layout, span = page.layout, { 0, page.title_seconds - 0.15 }
  local x, row = begin_side(page)
  local lines, size = title_lines(page)
  local lead = size * (page.story.wide and TITLE_LEAD.wide or TITLE_LEAD.other)
  local middle = layout.height * (layout.portrait and 0.2 or 0.36)
  for index, line in ipairs(lines) do
    local y = middle + (index - (#lines + 1) / 2) * lead
    script:event(LAYER.title, span, "Title",
      ("\\q2\\an%d\\pos(%d,%.0f)\\fs%d\\fad(0,350)"):format(row[2], x, y, size), ass.escape(line))
  end

  local rule, below = layout.title_size * 2, middle + #lines * lead / 2 + layout.height * 0.03
  local rule_colour = has_bright_sky(page) and page.palette.middle or page.palette.accent
  script:event(LAYER.title, span, "Draw",
    ("\\an7\\pos(%d,%.0f)\\1c&H%s&\\fad(0,350)\\fscx20\\t(0,1400,0.4,\\fscx100)\\p1"):format(
      page.story.right_to_left and x - rule or x, below, colour.ass(rule_colour)),
    ass.box(rule, math.max(3, layout.height // 150)))
  script:event(LAYER.title, span, "Meta",
    ("\\an%d\\pos(%d,%.0f)\\fad(0,350)\\1c&H%s&"):format(
      row[3], x, below + layout.small * 1.4, colour.ass(title_colour(page))), meta_lines(page))
end

local function handles_text(page)
  local names = {}
  for index, handle in ipairs(page.handles) do
    names[index] = "@" .. text.clean(handle):gsub("^@", "")
  end
  return ass.escape((text.cut(table.concat(names, " "), HANDLES_COLUMNS)))
end

--- The small line above a caption.
local function shot_label(page, index)
  local small = page.layout.small
  local accent = colour.ass(colour.mix(page.palette.accent, "#ffffff", 0.15))
  local label = page.shots[index].label
  if #page.handles > 0 then label = label .. "   " .. handles_text(page) end
  local head = ("{\\fs%d\\fsp%.1f\\b1\\1c&H%s&}SHOT %d"):format(small, small * 0.14, accent, index)
  local name = ("{\\1c&H%s&\\1a&H50&}   %s"):format(colour.ass(PAPER), label)
  return ("%s%s\\N{\\fs%d}\\N{\\r}"):format(head, name, math.floor(small * 0.35))
end

local function caption_text(caption)
  local lines = {}
  for index, line in ipairs(caption.lines) do lines[index] = ass.escape(line) end
  return table.concat(lines, caption.placed and "\\N" or " ")
end

--- Label and caption are one event in each shot, so that they always stay together.
local function add_caption(script, page, caption)
  local x = begin_side(page)
  for index = caption.first, caption.last do
    local starts = page.shots[index].start + (index == 1 and page.title_seconds or 0.12)
    local following = page.shots[index + 1]
    local fade_in = index == caption.first and 240 or 0
    local fade_out = index == caption.last and following and 140 or 0
    script:event(LAYER.text, { starts, following and following.start or page.duration }, "Caption",
      ("%s\\pos(%d,%d)\\fad(%d,%d)"):format(caption.placed and "\\q2" or "", x,
        page.layout.caption_bottom, fade_in, fade_out),
      shot_label(page, index) .. caption_text(caption))
  end
end

--- Two slanted panels cross the frame; the second one hides the cut.
local function add_wipe(script, page, cut, rightward)
  local layout = page.layout
  local slant = math.floor(layout.height * 0.35)
  local width = math.floor(layout.width * 1.25) + slant
  local left = -width - slant
  local shape = ("m %d 0 l %d 0 %d %d 0 %d"):format(
    slant, width + slant, width, layout.height, layout.height)
  local colours = {
    page.palette.accent, colour.mix(page.palette.close, page.palette.middle, 0.3),
  }
  for index, fill in ipairs(colours) do
    local middle = index == 1 and cut - 0.07 or cut
    script:event(LAYER.wipe + index - 1, { middle - 0.29, middle + 0.29 }, "Draw",
      ("\\an7\\1c&H%s&\\move(%d,0,%d,0)\\p1"):format(colour.ass(fill),
        rightward and left or layout.width, rightward and layout.width or left), shape)
  end
end

local function add_wipes(script, page)
  if page.title_seconds == 0 then return end
  for index = 2, #page.shots do
    add_wipe(script, page, page.shots[index].start, page.seed >> index & 1 == 0)
  end
end

--- A clip without a title card says above its running time that it is a preview. A dark outline
--- keeps these words legible on a bright picture.
local function clock_notice(page)
  if page.title_seconds > 0 then return "", "" end
  return "\\bord1\\3c&H000000&\\3a&H70&", NOTICE .. "\\N"
end

local function add_clock(script, page)
  local x, row = end_side(page)
  local edge, notice = clock_notice(page)
  for second = math.ceil(page.title_seconds), page.duration - 1 do
    script:event(LAYER.text, { second, second + 1 }, "Meta",
      ("\\an%d\\pos(%d,%d)\\alpha&H30&%s"):format(row[1], x, page.layout.clock_bottom, edge),
      ("%s%02d:%02d"):format(notice, second // 60, second % 60))
  end
end

local function add_excerpt_note(script, page)
  if not page.story.excerpt_of then return end
  local x, row = begin_side(page)
  script:event(LAYER.text, { page.title_seconds, page.duration }, "Meta",
    ("\\an%d\\pos(%d,%d)\\alpha&H60&\\b0"):format(row[1], x, page.layout.note_bottom),
    ("EXCERPT OF %d CHARACTERS"):format(page.story.excerpt_of))
end

local function add_progress(script, page)
  local layout, span = page.layout, { 0, page.duration }
  local thick = math.max(3, layout.height // 180)
  local at = ("\\an7\\pos(0,%d)"):format(layout.height - thick)
  local box = ass.box(layout.width, thick)
  script:event(LAYER.track, span, "Draw", at .. "\\alpha&HB0&\\1c&HFFFFFF&\\p1", box)
  script:event(LAYER.progress, span, "Draw",
    ("%s\\fscx0\\t(0,%d,\\fscx100)\\p1"):format(at, page.duration * 1000), box)
end

--- The drawing commands of a box with round ends.
local function pill(width, height)
  local r = height // 2
  local k = math.floor(r * 0.45)
  return table.concat({
    ("m %d 0 l %d 0"):format(r, width - r),
    ("b %d 0 %d %d %d %d"):format(width - k, width, k, width, r),
    ("b %d %d %d %d %d %d"):format(width, height - k, width - k, height, width - r, height),
    ("l %d %d"):format(r, height),
    ("b %d %d 0 %d 0 %d"):format(k, height, height - k, r),
    ("b 0 %d %d 0 %d 0"):format(k, k, r),
  }, " ")
end

local function add_mark(script, page)
  if not page.marked then return end
  local mark, span = page.layout.mark, { 0, page.duration }
  script:event(LAYER.pill, span, "Draw",
    ("\\an7\\pos(%d,%d)\\1c&H101010&\\1a&H70&\\3c&HFFFFFF&\\3a&H30&\\bord1.6\\p1"):format(
      mark.x, mark.y), pill(mark.width, mark.height))
  script:event(LAYER.mark, span, "Meta",
    ("\\an5\\pos(%d,%d)\\fs%d\\fsp%.1f\\1c&HFFFFFF&\\1a&H18&"):format(
      mark.x + mark.width // 2 + 1, mark.y + mark.height // 2 + 1,
      math.floor(mark.height * 0.46), mark.height * 0.09), "PREVIEW")
end

--- The overlay of a clip.
---@param page reel.render.Page
---@return string
function overlay.text(page)
  local script = ass.new(page.layout.width, page.layout.height)
  add_styles(script, page)
  add_title_card(script, page)
  for _, caption in ipairs(page.story.captions) do add_caption(script, page, caption) end
  add_wipes(script, page)
  add_clock(script, page)
  add_excerpt_note(script, page)
  add_progress(script, page)
  add_mark(script, page)
  return script:text()
end

overlay.NOTICE = NOTICE

return overlay
