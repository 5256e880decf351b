-- Settles attempts whose runtime ended between the latch and the verdict. If the answer was stored,
-- it tells the outcome; if not, the outcome is unknown, and a person has to look.
local answers = require "reel.vendor.answers"
local owner = require "reel.journal.owner"
local lfs = require "lfs"
local log = require "reel.base.log"

local recovery = {}

local MAX_NUMBERS_SHOWN <const> = 5

--- What is known about a latched attempt whose runtime has ended.
---@param attempt table   its row
---@return table verdict  as answers.create
function recovery.verdict(attempt)
  if not attempt.curl_code then
    return { class = "ambiguous", message = "reel ended before the answer came" }
  end
  local word = attempt.curl_code ~= 0 and "transfer" or nil
  return answers.create(attempt.http_status, attempt.answer, word)
end

--- Writes the verdict of a latched attempt whose runtime has ended.
---@async
---@param journal reel.Journal
---@param attempt table   its row
function recovery.classify(journal, attempt)
  journal:answered(attempt.attempt_id, recovery.verdict(attempt), "recovery")
end

-- Takes over answers that could not be written to the journal when they came (src/journal/spool.h).
-- The file is not removed: another process may be appending to it, and reading a record twice
-- changes nothing.
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

--- Logs which attempts wait for a person. This happens whenever a journal is opened, until they are
--- settled, and with level "error", which no setting turns off.
---@async
---@param journal reel.Journal
function recovery.warn(journal)
  local open = journal:ambiguous()
  if #open == 0 then return end
  local is_one = #open == 1
  local shown = table.concat(open, ", ", 1, math.min(#open, MAX_NUMBERS_SHOWN))
  if #open > MAX_NUMBERS_SHOWN then
    shown = ("%s and %d more"):format(shown, #open - MAX_NUMBERS_SHOWN)
  end
  local sentence = is_one
    and "attempt %s was sent, but its outcome is unknown, and it may be billed; reel tasks tells "
      .. "how to settle it"
    or "attempts %s were sent, but their outcome is unknown, and they may be billed; reel tasks "
      .. "tells how to settle them"
  log.write("error", sentence:format(shown))
end

--- Settles the attempts of runs that have ended. Called once, when a journal is opened.
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
