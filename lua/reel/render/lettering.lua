-- Puts text on the picture: first a scrim, which is a dark gradient under the captions, then the
-- overlay. Without libass in this ffmpeg, drawtext reads the same words from files.

local colour = require "reel.render.colour"
local filter = require "reel.render.filter"
local layout = require "reel.render.layout"
local overlay = require "reel.render.overlay"
local svg = require "reel.render.svg"
local text = require "reel.render.text"
local wrap = require "reel.render.wrap"

local lettering = {}

-- A column of DejaVu Sans as a share of drawtext's font size.
local COLUMN = 0.62

local function scrim_body(dark)
  return svg.linear_gradient("dark", { { 0, dark, 0 }, { 0.55, dark, 0.62 }, { 1, dark, 0.9 } })
    .. svg.rect(0, 0, 1, 1, "url(#dark)")
end

--- The scrim slides up from below the frame in 0.8 s, near the end of the title.
local function add_scrim(plan, page)
  local height = layout.even(page.height * (page.portrait and 0.42 or 0.46))
  local dark = colour.mix(page.palette.ground, "#000000", 0.45)
  local input = plan:layer("scrim.svg", page.width, height, { 0, 0, 1, 1 }, scrim_body(dark))
  plan:chain("[%d:v]%s,format=yuva420p[scrim]", input, filter.STILL)
  plan:chain("[cut][scrim]overlay=0:'%d-floor(%d*(1-pow(1-clip((t-%.2f)/0.8,0,1),3)))'[dim]",
    page.height, height, page.title_seconds * 0.7)
end

local function add_plain_scrim(plan, page)
  local top = layout.even(page.height * 0.68)
  plan:chain("[cut]drawbox=x=0:y=%d:w=iw:h=%d:color=%s@0.62:t=fill[dim]",
    top, page.height - top, colour.filter(page.palette.ground))
end

--- The drawtext filter for one file. Only the file's name and numbers of ours are in the graph.
local function drawn_text(plan, name, words, place)
  plan:file(name, words)
  return ("drawtext=font='DejaVu Sans':textfile=%s:expansion=none:fontcolor=0xfff8ec:%s"):format(
    name, place)
end

local function drawn_lines(line, page, size, most)
  local lines = wrap.lines(line, (page.width - 2 * page.layout.margin) // (size * COLUMN))
  return table.concat(lines, "\n", 1, math.min(#lines, most))
end

local function drawn_title(plan, page)
  local size = page.layout.title_size * 3 // 4
  return drawn_text(plan, "title.txt", drawn_lines(page.story.title, page, size, 4),
    ("fontsize=%d:x=%d:y=h*0.3:enable='lt(t,%.2f)'"):format(
      size, page.layout.margin, page.title_seconds))
end

local function drawn_caption(plan, page, index, caption)
  local size = page.layout.caption_size * 4 // 5
  local following = page.shots[caption.last + 1]
  local starts = math.max(page.shots[caption.first].start, page.title_seconds)
  local ends = following and following.start or page.duration
  return drawn_text(plan, ("caption%d.txt"):format(index),
    drawn_lines(text.clean(table.concat(caption.lines, " ")), page, size, 5),
    ("fontsize=%d:line_spacing=%d:x=%d:y=h*0.72:enable='gte(t,%.3f)*lt(t,%.3f)'"):format(
      size, size // 4, page.layout.margin, starts, ends))
end

local function drawn_notice(plan, page)
  return drawn_text(plan, "notice.txt", overlay.NOTICE,
    ("fontsize=%d:x=%d:y=h-%d"):format(page.layout.small, page.layout.margin,
      page.layout.small * 2))
end

local function drawn_mark(plan, page)
  local mark = page.layout.mark
  return drawn_text(plan, "mark.txt", "PREVIEW",
    ("fontsize=%d:box=1:boxcolor=black@0.5:boxborderw=%d:x=%d+(%d-tw)/2:y=%d+(%d-th)/2"):format(
      mark.height * 4 // 10, mark.height // 5, mark.x, mark.width, mark.y, mark.height))
end

local function add_drawn_text(plan, page)
  local chains = { drawn_notice(plan, page) }
  if page.title_seconds > 0 then chains[#chains + 1] = drawn_title(plan, page) end
  for index, caption in ipairs(page.story.captions) do
    chains[#chains + 1] = drawn_caption(plan, page, index, caption)
  end
  if page.marked then chains[#chains + 1] = drawn_mark(plan, page) end
  plan:chain("[dim]%s,%s[v]", table.concat(chains, ","), filter.TAGGED)
end

--- Turns [cut] into [v]. abilities: what this ffmpeg can do, see probe
function lettering.add(plan, page, abilities)
  local scrim = abilities.svg and add_scrim or add_plain_scrim
  scrim(plan, page)
  if abilities.subtitles then
    plan:file("overlay.ass", overlay.text(page))
    plan:chain("[dim]subtitles=f=overlay.ass,%s[v]", filter.TAGGED)
  elseif abilities.drawtext then
    add_drawn_text(plan, page)
  else
    plan:chain("[dim]%s[v]", filter.TAGGED)
  end
end

return lettering
