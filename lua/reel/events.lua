-- What happens to tasks, told to whoever shows it: the progress lines, a host, a log. Listeners run
-- inside the job that made the event and must not wait. An error in one is logged and goes no
-- further: the event may be the acceptance of a paid task.
local log = require "reel.log"

local events = {}

---@class reel.Event
---@field type "accepted"|"state"|"settled"|"saved"|"retry"
---@field task reel.Task?
---@field path string?      With "saved": the file.
---@field message string?   With "retry": what is tried again, and why.

local listeners = {}

--- Calls `listener(event)` for every event from now on.
---@param listener fun(event: reel.Event)
---@return fun() unsubscribe
function events.subscribe(listener)
  listeners[#listeners + 1] = listener
  return function()
    for i, other in ipairs(listeners) do
      if other == listener then return table.remove(listeners, i) end
    end
  end
end

---@param event reel.Event
function events.emit(event)
  for _, listener in ipairs({ table.unpack(listeners) }) do
    local ok, err = pcall(listener, event)
    if not ok then log.write("error", "a listener of events failed:", err) end
  end
end

return events
