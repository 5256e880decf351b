-- Writes a subtitle file in the Advanced SubStation Alpha format, which libass draws. Text from a
-- prompt stands in the last field of a Dialogue line and is always escaped.

local colour = require "reel.render.colour"

local ass = {}

local HEAD = [[
[Script Info]
ScriptType: v4.00+
PlayResX: %d
PlayResY: %d
WrapStyle: 0
ScaledBorderAndShadow: yes
YCbCr Matrix: TV.709

[V4+ Styles]
Format: %s
%s

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
%s
]]

-- The columns of a style and their default values. With Encoding -1 the first strong character of a
-- text decides its direction.
local STYLE = {
  { "Name" }, { "Fontname" }, { "Fontsize" },
  { "PrimaryColour", "&H00FFFFFF" }, { "SecondaryColour", "&H00FFFFFF" },
  { "OutlineColour", "&H00FFFFFF" }, { "BackColour", "&H00000000" },
  { "Bold", 0 }, { "Italic", 0 }, { "Underline", 0 }, { "StrikeOut", 0 },
  { "ScaleX", 100 }, { "ScaleY", 100 }, { "Spacing", 0 }, { "Angle", 0 },
  { "BorderStyle", 1 }, { "Outline", 0 }, { "Shadow", 0 }, { "Alignment", 7 },
  { "MarginL", 0 }, { "MarginR", 0 }, { "MarginV", 0 }, { "Encoding", 1 },
}

--- Escapes text so that nothing in it is a tag: a backslash goes before each brace, and a word
--- joiner goes after each backslash of the text.
---@param text string   on one line
---@return string
function ass.escape(text)
  return (text:gsub("\\", "\\\u{2060}"):gsub("[{}]", "\\%0"))
end

--- A value for a colour column of a style.
---@param hex string
---@param transparency? string   two hex digits, "00" is opaque
function ass.colour(hex, transparency)
  return ("&H%s%s"):format(transparency or "00", colour.ass(hex))
end

--- A time as h:mm:ss.cc.
---@param seconds number   a negative one counts as 0
function ass.time(seconds)
  local hundredths = math.floor(math.max(0, seconds) * 100 + 0.5)
  return ("%d:%02d:%02d.%02d"):format(hundredths // 360000, hundredths // 6000 % 60,
    hundredths // 100 % 60, hundredths % 100)
end

--- The drawing commands of a rectangle whose top left corner is 0 0.
function ass.box(width, height)
  return ("m 0 0 l %d 0 %d %d 0 %d"):format(width, width, height, height)
end

local function style_line(values)
  local fields = {}
  for index, column in ipairs(STYLE) do
    local value = values[column[1]]
    if value == nil then value = column[2] end
    fields[index] = tostring(value)
  end
  return "Style: " .. table.concat(fields, ",")
end

local Script = {}
Script.__index = Script

---@param width integer
---@param height integer
function ass.new(width, height)
  return setmetatable({ width = width, height = height, styles = {}, events = {} }, Script)
end

--- Adds a style. The keys of `values` are the column names of the format.
function Script:style(values)
  self.styles[#self.styles + 1] = style_line(values)
end

--- Adds an event. `tags` and `text` are written as they are: the caller escapes what came from
--- outside.
---@param layer integer   higher is in front
---@param span number[]   start and end, seconds
---@param style string
---@param tags string
---@param text string
function Script:event(layer, span, style, tags, text)
  self.events[#self.events + 1] = ("Dialogue: %d,%s,%s,%s,,0,0,0,,{%s}%s"):format(
    layer, ass.time(span[1]), ass.time(span[2]), style, tags, text)
end

---@return string
function Script:text()
  local names = {}
  for index, column in ipairs(STYLE) do names[index] = column[1] end
  return HEAD:format(self.width, self.height, table.concat(names, ", "),
    table.concat(self.styles, "\n"), table.concat(self.events, "\n"))
end

return ass
