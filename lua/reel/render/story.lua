-- Makes the text of a clip from a prompt: a title, and captions spread over the shots.

local beats = require "reel.render.beats"
local glyph = require "reel.render.glyph"
local text = require "reel.render.text"
local wrap = require "reel.render.wrap"

local story = {}

-- The width of a column as a share of the ASS font size. Lines that are broken here use the share
-- of the widest font that may replace ours; libass breaks the others by its own measure.
local COLUMN, WIDE_COLUMN, PLACED_COLUMN = 0.42, 0.44, 0.5

-- The lines that a caption is planned to take. It may grow to `caption_lines` of the layout.
local PLANNED_LINES = { landscape = 2, portrait = 4 }

-- The share of its lines that text can fill, since words are not broken.
local FILL = 0.96

local function lines_of(piece, columns, most)
  local lines = wrap.lines(piece, columns)
  if #lines <= most then return lines end
  local last = text.cut(lines[most], columns - 2):gsub("…$", "") .. "…"
  return table.move({ last }, 1, 1, most, table.move(lines, 1, most - 1, 1, {}))
end

local function columns_of(page, column)
  return math.floor(page.caption_width / (page.caption_size * column))
end

local function caption_of(piece, page, wide)
  local columns = columns_of(page, wide and WIDE_COLUMN or COLUMN)
  local placed = wrap.is_needed(piece, columns)
  if placed and not wide then columns = columns_of(page, PLACED_COLUMN) end
  return { lines = lines_of(piece, columns, page.caption_lines), placed = placed }
end

local function spread(captions, shots)
  local function first_shot(index)
    return math.floor((index - 1) * shots / #captions + 0.5) + 1
  end
  for index, caption in ipairs(captions) do
    caption.first, caption.last = first_shot(index), first_shot(index + 1) - 1
  end
  return captions
end

local function count_pieces(prompt, per_shot, shots)
  local needed = math.ceil(glyph.columns(prompt) / per_shot)
  local wanted = math.min(beats.sentences(prompt), shots)
  return math.max(1, math.min(math.max(needed, wanted), shots))
end

---@class reel.render.Story
---@field prompt string          cleaned; "Untitled" when nothing is left
---@field title string
---@field captions table[]       lines, placed (lines are broken here), first and last shot
---@field excerpt_of integer?    characters of the prompt, when not all of it is shown
---@field right_to_left boolean
---@field wide boolean           whether it has characters of two columns

---@param prompt string
---@param page reel.render.Layout
---@param shots integer
---@return reel.render.Story
function story.new(prompt, page, shots)
  prompt = text.clean(prompt)
  if prompt == "" then prompt = "Untitled" end
  local wide = glyph.has_wide(prompt)
  local planned = page.portrait and PLANNED_LINES.portrait or PLANNED_LINES.landscape
  local per_shot = columns_of(page, wide and WIDE_COLUMN or COLUMN) * planned
  local count = count_pieces(prompt, per_shot, shots)
  local shown, was_cut = text.cut(prompt, math.floor(per_shot * count * FILL))

  local captions = {}
  for index, piece in ipairs(beats.split(shown, count)) do
    captions[index] = caption_of(piece, page, wide)
  end
  return {
    prompt = prompt, title = beats.title(prompt), captions = spread(captions, shots),
    excerpt_of = was_cut and utf8.len(prompt) or nil,
    right_to_left = glyph.is_right_to_left(prompt), wide = wide,
  }
end

return story
