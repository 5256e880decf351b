-- What is done for attempts whose process ended between the latch and the verdict: an answer that
-- was stored is understood now; without one the outcome is unknown, and a person has to look.
local answer = require "reel.vendor.answers"
local owner = require "reel.journal.owner"
local lfs = require "lfs"
local log = require "reel.base.log"

local recovery = {}

local MOST_NAMED <const> = 5

--- What is known about an attempt that was sent by a process that is gone.
---@param attempt table   its row
---@return table verdict  as answer.create
function recovery.verdict(attempt)
  if not attempt.curl_code then
    return { class = "ambiguous", message = "reel ended before the answer came" }
  end
  local word = attempt.curl_code ~= 0 and "transfer" or nil
  return answer.create(attempt.http_status, attempt.answer, word)
end

--- Gives a latched attempt whose holder is gone its verdict.
---@async
function recovery.classify(journal, attempt)
  journal:answered(attempt.attempt_id, recovery.verdict(attempt), "recovery")
end

-- Answers that the journal could not take when they came (src/journal/spool.h). The file stays:
-- another
-- process may be adding to it, and reading a record twice changes nothing.
local function read_spool(journal)
  local path = journal.path .. ".spool"
  local file <close> = lfs.attributes(path, "mode") == "file" and io.open(path, "rb") or nil
  if not file then return end
  for line in function() return file:read("l") end do
    local nonce, status, curl_code, size = line:match("^(%x+) (%-?%d+) (%-?%d+) (%d+)$")
    if not nonce then break end
    local body = file:read(math.tointeger(size)) or ""
    file:read(1)
    journal:add_answer(nonce, math.tointeger(status), math.tointeger(curl_code), body)
  end
end

--- Names the attempts that wait for a person. Every opening of a journal does, and so every
--- command, until they are settled; its level is one that nobody can turn off.
---@async
---@param journal reel.Journal
function recovery.warn(journal)
  local open = journal:ambiguous()
  if #open == 0 then return end
  local is_one = #open == 1
  local shown = table.concat(open, ", ", 1, math.min(#open, MOST_NAMED))
  if #open > MOST_NAMED then shown = ("%s and %d more"):format(shown, #open - MOST_NAMED) end
  log.write("error", ("attempt%s %s: sent, outcome unknown, perhaps billed; reel tasks tells how "
    .. "to settle %s"):format(is_one and "" or "s", shown, is_one and "it" or "them"))
end

--- Settles what earlier runs left behind. Called once, when a journal is opened.
---@async
---@param journal reel.Journal
function recovery.run(journal)
  read_spool(journal)
  for _, attempt in ipairs(journal:latched()) do
    if not owner.is_alive(attempt.latched_by) then recovery.classify(journal, attempt) end
  end
  recovery.warn(journal)
end

return recovery
