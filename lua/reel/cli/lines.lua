-- How progress reads: the text of one line for a task, on a terminal and elsewhere.
local models = require "reel.models"
local terminal = require "reel.core.terminal"
local text = require "reel.text"

local lines = {}

local MIN_LABEL <const> = 12 -- columns
local SHORT_ID <const> = 12
local MAX_ABOUT <const> = 100 -- characters of a prompt

--- Cuts or fills a line to an exact number of terminal columns.
---@param line string
---@param columns integer
---@return string
function lines.fit(line, columns)
  local width = line:find("[\128-\255]") and terminal.width(line) or #line
  if width <= columns then return line .. (" "):rep(columns - width) end
  local kept, taken = {}, 0
  for _, code in utf8.codes(line) do
    local character = utf8.char(code)
    local more = terminal.width(character)
    if taken + more > columns - 1 then break end
    kept[#kept + 1], taken = character, taken + more
  end
  return table.concat(kept) .. "…" .. (" "):rep(columns - 1 - taken)
end

local function title(name)
  local model = models.get(name)
  return model and model.title:gsub("^Sora 2? ?", "") or name
end

--- What a task is about: its model in few words and what its input says.
---@param task reel.Task
---@return string
function lines.label(task)
  local input = task.input or {}
  local about = input.prompt or input.character_prompt or task.id:sub(1, SHORT_ID)
  return title(task.model) .. "  " .. text.line(tostring(about), MAX_ABOUT)
end

--- 9 s, 1:05, 1:00:05
---@param seconds number
---@return string
function lines.duration(seconds)
  local whole = math.floor(seconds)
  if whole < 60 then return whole .. " s" end
  local minutes = whole // 60
  if minutes < 60 then return ("%d:%02d"):format(minutes, whole % 60) end
  return ("%d:%02d:%02d"):format(minutes // 60, minutes % 60, whole % 60)
end

local function status(task)
  if not task.progress or task.state ~= "generating" then return task.state or "" end
  return ("%s %d%%"):format(task.state, math.floor(task.progress))
end

--- A live line, narrower than the terminal by one, since a full line wraps on some.
---@param label string
---@param task reel.Task
---@param seconds number   since it was accepted
---@param columns integer
---@return string
function lines.live(label, task, seconds, columns)
  local tail = ("%-15s %7s"):format(status(task), lines.duration(seconds))
  local room = math.max(columns - 1 - #tail - 2, MIN_LABEL)
  return lines.fit(label, room) .. "  " .. tail
end

local function outcome(task)
  if task.state ~= "success" then
    return "failed: " .. text.line(task.fail_msg or "no reason given")
  end
  return task.handle and "done: " .. task.handle or "done"
end

-- The plain text of an event, without its time.
local texts = {
  accepted = function(event) return "accepted  " .. lines.label(event.task) end,
  state = function(event) return status(event.task) end,
  settled = function(event) return outcome(event.task) end,
  saved = function(event) return "saved " .. event.path end,
  retry = function(event) return event.message end,
}

--- An event as a plain line; nil for one of an unknown type.
---@param event reel.Event
---@return string?
function lines.plain(event)
  local describe = texts[event.type]
  if not describe then return nil end
  local id = event.task and event.task.id:sub(1, SHORT_ID) .. "  " or ""
  return id .. describe(event)
end

--- The last line of a settled task on a terminal.
---@param label string
---@param task reel.Task
---@param seconds number
---@param columns integer
---@return string
function lines.settled(label, task, seconds, columns)
  local tail = outcome(task) .. ", " .. lines.duration(seconds)
  local room = math.max(columns - 3 - terminal.width(tail), MIN_LABEL)
  return lines.fit(label, room) .. "  " .. tail
end

return lines
