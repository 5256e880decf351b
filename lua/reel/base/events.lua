-- What happens to tasks, told to whoever shows it: the progress lines, a host, a log. Listeners run
-- inside the job that made the event and must not wait. An error in one is logged and goes no
-- further: the event may be the acceptance of a paid task.
local log = require "reel.base.log"

local events = {}

---@class reel.Event
---@field type "accepted"|"state"|"settled"|"saved"|"retry"|reel.EventDetail
---@field task reel.Task?
---@field call table?       Of pay/prepare.lua, with "accepted", "retry" and what happens before.
---@field path string?      With "saved": the file.
---@field message string?   With "retry": what is tried again, and why.
---@field reason string?    With "retry": why alone …
---@field seconds number?   … and when.

--- What only those hear who ask for it, since it comes before a task or concerns who waits for it.
---@alias reel.EventDetail
---| "sending"     # a call has no task and is to be sent
---| "elsewhere"   # another process is sending the call
---| "answered"    # the call has got its task, or an error instead
---| "watched"     # somebody waits for a task now
---| "left"        # nobody does any more, though it has not ended

local details = { sending = true, elsewhere = true, answered = true, watched = true, left = true }

local listeners = {} -- replaced, never changed: it may be gone through at that moment

-- The listeners but for one.
local function without(unwanted)
  local rest = {}
  for _, entry in ipairs(listeners) do
    if entry ~= unwanted then rest[#rest + 1] = entry end
  end
  return rest
end

--- Calls `listener(event)` for every event from now on.
---@param listener fun(event: reel.Event)
---@param with_details? boolean   also those of reel.EventDetail; default false
---@return fun() unsubscribe
function events.subscribe(listener, with_details)
  local entry = { hear = listener, with_details = with_details }
  listeners = without(nil)
  listeners[#listeners + 1] = entry
  return function() listeners = without(entry) end
end

--- Tells the listeners.
---@param event reel.Event
function events.emit(event)
  local heard_by = listeners
  for i = 1, #heard_by do
    local listener = heard_by[i]
    if listener.with_details or not details[event.type] then
      local ok, err = pcall(listener.hear, event)
      if not ok then log.write("error", "a listener of events failed:", err) end
    end
  end
end

return events
