-- Formats rows of cells as lines with aligned columns, for people.
local lines = require "reel.show.lines"
local output = require "reel.base.output"
local terminal = require "reel.core.terminal"
local text = require "reel.base.text"

local columns = {}

local STDOUT <const> = 1
local GAP <const> = "  "

--- How wide a line on stdout may be; nil when stdout is not a terminal.
---@return integer?
function columns.stdout_width()
  return terminal.is_terminal(STDOUT) and terminal.columns(STDOUT) or nil
end

-- Cleaned before their widths are measured.
local function printable(rows)
  local cleaned = {}
  for i, row in ipairs(rows) do
    cleaned[i] = {}
    for place, cell in ipairs(row) do cleaned[i][place] = text.printable(cell) end
  end
  return cleaned
end

local function widths_of(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, terminal.width(cell))
    end
  end
  return widths
end

-- Narrows the column that may be cut until a line fits, but not below `least`.
local function narrow_cut_column(widths, options)
  if not options.cut or not options.width or not widths[options.cut] then return end
  local taken = #GAP * (#widths - 1)
  for i, width in ipairs(widths) do
    if i ~= options.cut then taken = taken + width end
  end
  local left = math.max(options.width - 1 - taken, options.least or 12)
  widths[options.cut] = math.min(widths[options.cut], left)
end

local function fit_right(cell, width)
  return (" "):rep(width - terminal.width(cell)) .. cell
end

--- Formats rows as printable lines.
---@param rows string[][]
---@param options? { right: table<integer, boolean>?, cut: integer?, width: integer?,
---  least: integer? }   `right`: columns that are aligned to the right; `cut`: the column that is
---  narrowed when a line would be wider than `width`; `least`: its least width, default 12
---@return string[]
function columns.format(rows, options)
  options, rows = options or {}, printable(rows)
  local widths, formatted = widths_of(rows), {}
  narrow_cut_column(widths, options)
  for i, row in ipairs(rows) do
    local cells = {}
    for place, cell in ipairs(row) do
      local is_right = options.right and options.right[place]
      cells[place] = (is_right and fit_right or lines.fit)(cell, widths[place])
    end
    formatted[i] = table.concat(cells, GAP):gsub(" +$", "")
  end
  return formatted
end

--- Prints rows on stdout; the arguments are those of `format`.
function columns.print(rows, options)
  for _, line in ipairs(columns.format(rows, options)) do output.print(line) end
end

return columns
