-- Rows of cells as lines with aligned columns, for people.
local lines = require "reel.show.lines"
local terminal = require "reel.core.terminal"

local columns = {}

local STDOUT <const> = 1
local GAP <const> = "  "

--- How wide a line on stdout may be; nil when nobody looks at a terminal.
---@return integer?
function columns.room()
  return terminal.is_terminal(STDOUT) and terminal.columns(STDOUT) or nil
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

-- Takes from the column that may be cut what the others leave no room for.
local function squeeze(widths, options)
  if not options.cut or not options.room or not widths[options.cut] then return end
  local taken = #GAP * (#widths - 1)
  for i, width in ipairs(widths) do
    if i ~= options.cut then taken = taken + width end
  end
  local room = math.max(options.room - 1 - taken, options.least or 12)
  widths[options.cut] = math.min(widths[options.cut], room)
end

local function fit_right(cell, width)
  return (" "):rep(width - terminal.width(cell)) .. cell
end

--- The rows as lines.
---@param rows string[][]
---@param options? { right: table<integer, boolean>?, cut: integer?, room: integer?,
---  least: integer? }   `right`: columns that are aligned to the right; `cut`: the column that
---  gives way, down to `least`, when a line would be wider than `room`
---@return string[]
function columns.format(rows, options)
  options = options or {}
  local widths, formatted = widths_of(rows), {}
  squeeze(widths, options)
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

--- Prints the rows on stdout.
function columns.print(rows, options)
  for _, line in ipairs(columns.format(rows, options)) do print(line) end
end

return columns
