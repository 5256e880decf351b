-- Formats progress: the text of one line for a task, on a terminal and elsewhere. All words that
-- come from outside are made printable here, so that what `paint` adds are the only control
-- sequences in a line.
local models = require "reel.models"
local task_ids = require "reel.vendor.task_ids"
local terminal = require "reel.core.terminal"
local text = require "reel.base.text"

local lines = {}

local MAX_ABOUT <const> = 100  -- characters of a prompt
local MAX_REASON <const> = 60  -- characters
local MAX_STATE <const> = 40   -- characters
local STATE <const> = 14       -- columns of "generating 45%"
local TIME <const> = 7         -- columns of "1:00:05"
local EXPECTED <const> = 10    -- columns of " of ~10:05"
-- Narrower terminals show a row without its time, or without its expected time.
local MIN_FOR_TIME <const>, MIN_FOR_EXPECTED <const> = 40, 64 -- columns

local function as_is(_, words) return words end

local function cut_ascii(line, columns)
  return line:sub(1, columns - 1) .. "…"
end

--- Cuts or fills a line to an exact number of terminal columns, and makes it printable.
---@param line string
---@param columns integer
---@return string
function lines.fit(line, columns)
  if columns <= 0 then return "" end
  local is_ascii = not line:find("[^ -~]")
  if not is_ascii then line = text.printable(line) end
  local width = is_ascii and #line or terminal.width(line)
  if width <= columns then return line .. (" "):rep(columns - width) end
  if is_ascii then return cut_ascii(line, columns) end
  local kept, taken = {}, 0
  for _, code in utf8.codes(line) do
    local character = utf8.char(code)
    local more = terminal.width(character)
    if taken + more > columns - 1 then break end
    kept[#kept + 1], taken = character, taken + more
  end
  return table.concat(kept) .. "…" .. (" "):rep(columns - 1 - taken)
end

--- Cuts a line to at most a number of terminal columns.
---@param line string
---@param columns integer
---@return string
function lines.cut(line, columns)
  return (lines.fit(line, columns):gsub(" +$", ""))
end

local function title(name)
  local model = models.get(name)
  return model and model.title:gsub("^Sora 2? ?", "") or text.line(name or "task", MAX_ABOUT)
end

--- What a task is about: the short name of its model, and its prompt or id.
---@param task reel.Task
---@return string
function lines.label(task)
  local input = task.input or {}
  local about = input.prompt or input.character_prompt or task_ids.short(task.id)
  return title(task.model) .. "  " .. text.line(tostring(about), MAX_ABOUT)
end

--- A duration for people: "9 s", "1:05" or "1:00:05".
---@param seconds number   a negative one counts as 0
---@return string
function lines.duration(seconds)
  local whole = math.max(math.floor(seconds), 0)
  if whole < 60 then return whole .. " s" end
  local minutes = whole // 60
  if minutes < 60 then return ("%d:%02d"):format(minutes, whole % 60) end
  return ("%d:%02d:%02d"):format(minutes // 60, minutes % 60, whole % 60)
end

local function status(task)
  if not task.progress or task.state ~= "generating" then
    return text.line(task.state or "", MAX_STATE)
  end
  return ("%s %d%%"):format(task.state, math.floor(task.progress))
end

--- The state of a row of the board, in few words.
---@param row reel.show.Row
---@return string
function lines.state(row)
  if row.task then return status(row.task) end
  return row.is_elsewhere and "sent elsewhere" or "to send"
end

-- Live lines --------------------------------------------------------------------------------
-- Each line is one column narrower than the terminal, since some terminals wrap a full line. It
-- ends without spaces, since terminals differ in whether these wrap when they become narrower.
-- `paint` gives words of a kind their colour.

local function fitted_label(row, width)
  if row.fitted_width ~= width then
    row.fitted_width, row.fitted = width, lines.fit(row.label, width)
  end
  return row.fitted
end

-- The time stands first, so that a narrow terminal cuts only the end of the reason.
local function retry_words(retry, now)
  local pause, reason = math.ceil(retry.until_s - now), text.line(retry.reason, MAX_REASON)
  if pause <= 0 then return "trying again: " .. reason end
  return ("again in %s: %s"):format(lines.duration(pause), reason)
end

--- The line of a row whose call is tried again.
---@param row reel.show.Row
---@param now number   on the board's clock
---@param columns integer
---@param paint? fun(kind: string, words: string): string
---@return string
function lines.retry(row, now, columns, paint)
  local words = retry_words(row.retry, now)
  local label_width = math.max(columns - 3 - terminal.width(words), (columns - 3) // 3)
  local rest = math.min(columns - 3 - label_width, terminal.width(words))
  return fitted_label(row, label_width) .. "  "
    .. (paint or as_is)("retry", lines.cut(words, rest))
end

--- The line of a row: its label, its state, for how long, and how long it should take, if known.
---@param row reel.show.Row
---@param seconds number
---@param expected number?   seconds
---@param columns integer    of the terminal
---@param paint? fun(kind: string, words: string): string
---@return string
function lines.live(row, seconds, expected, columns, paint)
  paint = paint or as_is
  local tail, width = lines.fit(lines.state(row), STATE), STATE
  if columns >= MIN_FOR_TIME then
    tail, width = tail .. (" %" .. TIME .. "s"):format(lines.duration(seconds)), width + 1 + TIME
  end
  if columns >= MIN_FOR_EXPECTED then
    local words = expected and " of ~" .. lines.duration(expected) or ""
    tail, width = tail .. paint("aside", lines.cut(words, EXPECTED)), width + EXPECTED
  end
  local label_width = columns - 1 - 2 - width
  if label_width < 4 then return lines.cut(lines.state(row), columns - 1) end
  return fitted_label(row, label_width) .. "  " .. (tail:gsub(" +$", ""))
end

--- The line in place of rows that do not fit the terminal: how many they are, by their states.
---@param rows reel.show.Row[]
---@param first integer   the index of the first of these rows
---@param columns integer
---@return string
function lines.more(rows, first, columns)
  local counts, order = {}, {}
  for i = first, #rows do
    local task = rows[i].task
    local state = task and text.line(task.state, MAX_STATE) or lines.state(rows[i])
    if not counts[state] then order[#order + 1] = state end
    counts[state] = (counts[state] or 0) + 1
  end
  for i, state in ipairs(order) do order[i] = counts[state] .. " " .. state end
  local words = ("… and %d more: %s"):format(#rows - first + 1, table.concat(order, ", "))
  return lines.cut(words, columns - 1)
end

local function credits(spent)
  local sum = spent.charged + spent.estimate
  local words = ("%s%g credits"):format(spent.untold > 0 and "~" or "", sum)
  if spent.untold > 0 and spent.charged > 0 then
    words = ("%s (%g charged)"):format(words, spent.charged)
  end
  if spent.unpriced == 0 then return words end
  return ("%s and %d of unknown price"):format(words, spent.unpriced)
end

--- The sums of a run: how many rows are in each state, what was spent, and how long the run took.
---@param sums { done: integer, failed: integer, running: integer, ["to send"]: integer,
---  spent: table, seconds: number, is_free: boolean }   `spent`: of Board:spent; `is_free`: the run
---  made previews, which cost nothing
---@return string
function lines.total(sums)
  local counts = {}
  for _, name in ipairs { "done", "failed", "running", "to send" } do
    if sums[name] > 0 then counts[#counts + 1] = sums[name] .. " " .. name end
  end
  local spent = sums.spent
  local is_paid = spent.untold > 0 or spent.charged > 0
  local price = is_paid and "  " .. (sums.is_free and "no cost" or credits(spent)) or ""
  return table.concat(counts, ", ") .. price .. "  " .. lines.duration(sums.seconds)
end

local function outcome(task)
  if task.state ~= "success" then
    return "failed: " .. text.line(task.fail_msg or "no reason given")
  end
  return task.handle and "done: " .. text.line(task.handle) or "done"
end

--- The last line of a settled task on a terminal. A long reason may wrap into further rows.
---@param label string
---@param task reel.Task
---@param seconds number
---@param columns integer
---@param paint? fun(kind: string, words: string): string
---@return string
function lines.settled(label, task, seconds, columns, paint)
  local words, time = outcome(task), ", " .. lines.duration(seconds)
  local rest = columns - 3 - terminal.width(words .. time)
  local least = math.min(terminal.width(label), (columns - 3) // 3)
  local kind = task.state == "success" and "done" or "failed"
  return lines.fit(label, math.max(rest, least)) .. "  " .. (paint or as_is)(kind, words) .. time
end

-- Plain lines -------------------------------------------------------------------------------

local function call_label(call)
  return lines.label({ id = "", model = call.model.name, input = call.input })
end

-- The plain text of an event, without its time.
local texts = {
  accepted = function(event) return "accepted  " .. lines.label(event.task) end,
  attached = function(event)
    return ("attached  %s  %s"):format(lines.label(event.task), status(event.task))
  end,
  elsewhere = function(event)
    return "another process is sending  " .. call_label(event.call)
  end,
  state = function(event) return status(event.task) end,
  settled = function(event) return outcome(event.task) end,
  saved = function(event) return "saved " .. text.printable(event.path) end,
  retry = function(event)
    local label = event.call and call_label(event.call) .. "  " or ""
    return label .. text.printable(event.message)
  end,
}

--- An event as a plain line; nil for an event of another type.
---@param event reel.Event
---@return string?
function lines.plain(event)
  local describe = texts[event.type]
  if not describe then return nil end
  local id = event.task and task_ids.short(event.task.id) .. "  " or ""
  return id .. describe(event)
end

return lines
