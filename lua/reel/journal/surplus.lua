-- Surplus tasks: made by an attempt that a person gave up, and found after its call had been paid
-- for again. They are paid, so the next equal call that would pay gets one instead: a further take,
-- or a failed call that is made anew. Which call it serves is written down (table substitute); its
-- attempt stays what it is, so the ledger shows which call has cost it.
local surplus = {}

local FREE <const> = " FROM attempt JOIN call USING(call_id) WHERE attempt.state = 'surplus'"
  .. " AND remote_state IS NOT 'fail' AND attempt_id NOT IN (SELECT attempt_id FROM substitute)"
  .. " AND project = ?1 AND call.origin = ?2 AND model = ?3 AND input_sha256 = ?4"
  .. " ORDER BY attempt_id LIMIT 1"

--- One that an equal call left and no other has taken.
---@async
---@param journal reel.Journal
---@param call table   of pay/prepare.lua
---@return table? attempt
function surplus.find(journal, call)
  return journal:rows("SELECT attempt.*" .. FREE, call.project, call.origin, call.model.name,
    call.content)[1]
end

--- Lets one serve a call. False: there is none, or the call has an attempt of its own meanwhile.
---@async
---@param journal reel.Journal
---@param call_id integer
---@param call table   of pay/prepare.lua
---@return boolean
function surplus.take(journal, call_id, call)
  if not surplus.find(journal, call) then return false end
  local rows = journal:try_rows("INSERT INTO substitute SELECT ?5, attempt_id, ?6" .. FREE
    .. " RETURNING attempt_id", call.project, call.origin, call.model.name, call.content, call_id,
    os.time() * 1000)
  return rows ~= nil and rows[1] ~= nil
end

--- Lets a call make a task of its own, since the surplus one has failed.
---@async
---@param journal reel.Journal
---@param call_id integer
function surplus.leave(journal, call_id)
  journal:rows("DELETE FROM substitute WHERE call_id = ?1", call_id)
end

return surplus
