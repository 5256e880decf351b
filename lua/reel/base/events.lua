-- Tells listeners (the progress lines, a host, a log) what happens to tasks. Listeners run
-- inside the job that emits the event and must not wait. An error in a listener is logged and does
-- not reach that job, since the job may have to write down the acceptance of a paid task.
local log = require "reel.base.log"

local events = {}

--- Events that are sent to every listener.
---@alias reel.EventType
---| "accepted"   # the vendor has accepted a call, which has a task now
---| "state"      # the state or the progress of a task has changed; the task goes on
---| "settled"    # a task has succeeded or failed
---| "saved"      # task:save has written a file
---| "retry"      # a request failed and will be sent again

---@class reel.Event
---@field type reel.EventType|reel.EventDetail
---@field task reel.Task?
---@field call table?       A call of pay/prepare.lua. Set with "accepted", "retry", "sending",
---  "elsewhere" and "answered".
---@field path string?      With "saved": the file.
---@field message string?   With "retry": what is tried again, and why.
---@field reason string?    With "retry": the reason alone.
---@field seconds number?   With "retry": how long reel pauses before it tries again.

--- Events that are sent only to listeners that ask for them. They tell how a call gets its task, or
--- that jobs begin or stop waiting for a task.
---@alias reel.EventDetail
---| "sending"     # a call has no task and will be sent
---| "elsewhere"   # another process is sending the call
---| "answered"    # the call has got its task, or has failed
---| "watched"     # a job waits for a task, and polling begins
---| "left"        # no job waits any longer for a task that has not ended

local details = { sending = true, elsewhere = true, answered = true, watched = true, left = true }

-- Each subscribe and unsubscribe makes a new list, since events.emit may be walking the old one.
local listeners = {}

local function listeners_without(unwanted)
  local rest = {}
  for _, entry in ipairs(listeners) do
    if entry ~= unwanted then rest[#rest + 1] = entry end
  end
  return rest
end

--- Calls `listener(event)` for every event until `unsubscribe` is called.
---@param listener fun(event: reel.Event)
---@param with_details? boolean   whether it gets the events of reel.EventDetail too; default false
---@return fun() unsubscribe
function events.subscribe(listener, with_details)
  local entry = { call = listener, with_details = with_details }
  listeners = listeners_without(nil)
  listeners[#listeners + 1] = entry
  return function() listeners = listeners_without(entry) end
end

--- Sends an event to the listeners.
---@param event reel.Event
function events.emit(event)
  local current = listeners
  for i = 1, #current do
    local listener = current[i]
    if listener.with_details or not details[event.type] then
      local ok, err = pcall(listener.call, event)
      if not ok then log.write("error", "a listener of events has failed:", err) end
    end
  end
end

return events
