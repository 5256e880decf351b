-- What is done for attempts whose process ended between the latch and the verdict: an answer that
-- was stored is understood now; without one the outcome is unknown, and a person has to look.
local answer = require "reel.answer"
local holder = require "reel.holder"
local lfs = require "lfs"
local log = require "reel.log"

local recovery = {}

local function verdict_of(attempt)
  if not attempt.curl_code then
    return { class = "ambiguous", message = "reel ended before the answer came" }
  end
  local word = attempt.curl_code ~= 0 and "transfer" or nil
  return answer.create(attempt.http_status, attempt.answer, word)
end

--- Gives a latched attempt whose holder is gone its verdict.
---@async
function recovery.classify(journal, attempt)
  journal:answered(attempt.attempt_id, verdict_of(attempt), "recovery")
end

-- Answers that the journal could not take when they came (src/attempt.c, spool).
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
  os.remove(path)
end

--- Settles what earlier runs left behind. Called once, when a journal is opened.
---@async
---@param journal reel.Journal
function recovery.run(journal)
  read_spool(journal)
  for _, attempt in ipairs(journal:latched()) do
    if not holder.is_alive(attempt.latched_by) then recovery.classify(journal, attempt) end
  end
  local open = journal:count_ambiguous()
  if open > 0 then
    log.write("warn", ("%d attempt%s with an unknown outcome need%s a person: reel tasks"):format(
      open, open == 1 and "" or "s", open == 1 and "s" or ""))
  end
end

return recovery
