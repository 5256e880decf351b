-- reconcile(journal, service, listed): compares what a fake vendor made and would charge for with
-- what a journal knows. It trusts neither the program nor the rules of the schema: whatever they
-- let through shows up here.
--
-- Every accepted task has exactly one row that covers it: the row with its id, or an ambiguous one
-- with its body, which a person is asked about. No row claims a task that was never made, no call
-- has two live attempts, nothing was sent more often than the journal says, and nothing is left
-- half done. Bodies tell calls apart, so a test asks for no two equal ones unless it means to.
local digest = require "reel.core.digest"
local journals = require "support.journals"

local COVERING <const> = { created = true, succeeded = true, failed = true, missing = true,
  surplus = true }
local HALF_DONE <const> = { intent = true, latched = true }
local LIVE <const> = { ambiguous = true, created = true, succeeded = true, missing = true }

local function read_rows(journal)
  return journals.rows(journal, "SELECT attempt_id, call_id, state, task_id, body_sha256,"
    .. " latched_ms FROM attempt ORDER BY attempt_id")
end

local function index(rows)
  local by_task, ambiguous = {}, {}
  for _, row in ipairs(rows) do
    if row.task_id then by_task[row.task_id] = row end
    if row.state == "ambiguous" then
      local same = ambiguous[row.body_sha256] or {}
      ambiguous[row.body_sha256] = same
      same[#same + 1] = row
    end
  end
  return by_task, ambiguous
end

local function row_fault(row, body)
  if not COVERING[row.state] then return "its row is " .. row.state end
  if row.body_sha256 ~= body then return "its row is of another body" end
end

-- Each accepted task uses up the row that covers it.
local function check_ledger(faults, ledger, rows)
  local by_task, ambiguous = index(rows)
  for _, task in ipairs(ledger) do
    local body = digest.sha256(task.body)
    local row = by_task[task.task_id]
    local fault
    if row then
      fault = row_fault(row, body)
      by_task[task.task_id] = nil
    elseif not (ambiguous[body] and table.remove(ambiguous[body])) then
      fault = "nobody knows it"
    end
    if fault then faults("task %s was paid, but %s: %s", task.task_id, fault, task.body) end
  end
  for id, row in pairs(by_task) do
    faults("attempt %d claims task %s, which was never made", row.attempt_id, id)
  end
end

local function check_rows(faults, rows)
  local live = {}
  for _, row in ipairs(rows) do
    if HALF_DONE[row.state] then faults("attempt %d is still %s", row.attempt_id, row.state) end
    if COVERING[row.state] and not row.task_id then
      faults("attempt %d is %s without a task", row.attempt_id, row.state)
    end
    if LIVE[row.state] then
      if live[row.call_id] then
        faults("attempts %d and %d of one call are both live", live[row.call_id], row.attempt_id)
      end
      live[row.call_id] = row.attempt_id
    end
  end
end

-- One attempt is one POST at most, and none without its latch.
local function check_posts(faults, requests, rows)
  local allowed = {}
  for _, row in ipairs(rows) do
    if row.latched_ms then allowed[row.body_sha256] = (allowed[row.body_sha256] or 0) + 1 end
  end
  for _, request in ipairs(requests) do
    local body = digest.sha256(request.body)
    allowed[body] = (allowed[body] or 0) - 1
    if allowed[body] < 0 then faults("a POST without an attempt of its own: %s", request.body) end
  end
end

local function check_listed(faults, listed, rows)
  local shown = {}
  for _, number in ipairs(listed) do shown[number] = true end
  for _, row in ipairs(rows) do
    if row.state == "ambiguous" and not shown[row.attempt_id] then
      faults("attempt %d is ambiguous, and nobody is told", row.attempt_id)
    end
  end
end

--- What does not balance; empty when nothing is lost and nothing was paid twice.
---@param journal userdata      of reel.core.journal
---@param service table         of support.vendor
---@param listed integer[]?     the ambiguous attempts that the program shows
---@return string[] faults
return function(journal, service, listed)
  local found = {}
  local function faults(text, ...) found[#found + 1] = text:format(...) end
  local rows = read_rows(journal)
  check_ledger(faults, service:ledger(), rows)
  check_rows(faults, rows)
  check_posts(faults, service:requests("create"), rows)
  if listed then check_listed(faults, listed, rows) end
  return found
end
