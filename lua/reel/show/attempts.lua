-- Describes attempts of the journal for people and for programs, and finds the attempt that a
-- person names.
local json = require "reel.base.json"
local models = require "reel.models"
local config = require "reel.config"
local session = require "reel.session"
local states = require "reel.journal.states"
local task_ids = require "reel.vendor.task_ids"
local text = require "reel.base.text"
local usage = require "reel.show.usage"

local attempts = {}

local SHORTEST_ID <const> = 6 -- characters of the beginning of a task id
local MAX_ABOUT <const> = 100
local MAX_MESSAGE <const> = 1000

--- The journal. Raises a usage error when there is none.
---@async
---@return reel.Journal
function attempts.journal()
  local journal = session.known_journal()
  if journal then return journal end
  local path = config.usable("journal")
  usage.raise(path == "none" and "the journal is turned off" or "there is no journal at " .. path,
    "nothing was made in this folder, or --journal FILE names another place")
end

local function raise_unknown(id)
  usage.raise(('the journal has no attempt or task "%s"'):format(text.line(id, 80)),
    "reel tasks lists them")
end

local function has_beginning(task_id, id)
  return task_id:sub(1, #id) == id or task_ids.shown(task_id):sub(1, #id) == id
end

-- Finds an attempt by the beginning of its task id, as progress lines show it.
local function find_by_beginning(journal, id)
  local found
  for _, attempt in ipairs(#id >= SHORTEST_ID and journal:task_ids() or {}) do
    if has_beginning(attempt.task_id, id) then
      if found then
        usage.raise(('more than one task id begins with "%s"'):format(id), "write more of it")
      end
      found = attempt
    end
  end
  return found and journal:attempt(found.attempt_id)
end

local function find_named(journal, id)
  return journal:attempt_named(id, config.origin()) or find_by_beginning(journal, id)
end

--- The attempt with this number, task id or beginning of a task id. Raises usage errors.
---@async
---@param id string
---@return table
function attempts.find(id)
  return find_named(attempts.journal(), id) or raise_unknown(id)
end

local function refuse_other_origin(attempt)
  if config.is_here(attempt.origin) then return end
  usage.raise(("task %s is at %s, but %s would be asked"):format(task_ids.shown(attempt.task_id),
    attempt.origin, config.origin()),
    attempt.origin == "local" and "add --local" or "add --base-url " .. attempt.origin)
end

local function is_settled(attempt)
  return attempt.state == "succeeded" or attempt.state == "failed"
end

-- The attempt that a person names. Nil when the journal does not know the id, which may still be
-- that of a task made elsewhere.
local function find_if_known(id)
  local journal = session.known_journal()
  local attempt = journal and find_named(journal, id)
  if not attempt and id:find("^%d+$") then raise_unknown(id) end
  return attempt
end

--- The task that a person names as for `find`, or by the id of a task made elsewhere. Raises usage
--- errors.
---@async
---@param id string
---@return reel.Task
function attempts.task(id)
  local reel = require "reel"
  local attempt = find_if_known(id)
  if not attempt then return reel.attach(id) end
  if not attempt.task_id then
    usage.raise(("attempt %d is %s and has no task"):format(attempt.attempt_id, attempt.state),
      attempts.note(attempt))
  end
  if not task_ids.is_plain(attempt.task_id) then
    usage.raise(("the id of task %s has characters that reel puts into no request"):format(
      task_ids.shown(attempt.task_id)), ("reel show %d --json tells the id"):format(
      attempt.attempt_id))
  end
  if not is_settled(attempt) then refuse_other_origin(attempt) end
  return reel.attach(attempt.task_id)
end

--- Reads the number of an attempt, for argparse.
---@param word string
---@return integer?, string?
function attempts.number(word)
  local number = word:find("^%d+$") and math.tointeger(tonumber(word))
  if number then return number end
  return nil, ("'%s' is not the number of an attempt; reel tasks lists them"):format(word)
end

--- The input of an attempt, as it was validated.
---@return table
function attempts.input(attempt)
  return json.decode_object(attempt.input_json)
end

--- The task id of an attempt for people: a hash of it if it is not a plain one.
---@return string?
function attempts.task_id(attempt)
  return attempt.task_id and task_ids.shown(attempt.task_id)
end

--- What an attempt is about: its prompt, or what stands for one, in one line.
---@return string
function attempts.about(attempt)
  local input = attempts.input(attempt)
  local about = input.prompt or input.character_prompt or input.video_url or ""
  return text.line(tostring(about), MAX_ABOUT)
end

--- A short name of an attempt's model.
---@return string
function attempts.model(attempt)
  local model = models.get(attempt.model)
  return model and (model.title:gsub("^Sora 2? ?", "")) or attempt.model
end

local units = { { 86400, "d" }, { 3600, "h" }, { 60, "min" } }

--- How long ago a time of the journal is.
---@param ms integer?
---@return string
function attempts.age(ms)
  if not ms then return "" end
  local seconds = math.max(os.time() - ms // 1000, 0)
  for _, unit in ipairs(units) do
    if seconds >= unit[1] then return ("%d %s"):format(seconds // unit[1], unit[2]) end
  end
  return seconds .. " s"
end

--- What an attempt cost: the exact credits, "~" and the estimate, "?", or "-" for no cost.
---@param attempt table   without a state: a call that has no attempt yet
---@return string
function attempts.credits(attempt)
  local state = states[attempt.state]
  if state and state.is_free then return "-" end
  if attempt.credits then return ("%g"):format(attempt.credits) end
  return attempt.estimate and ("~%g"):format(attempt.estimate) or "?"
end

--- What to do about an attempt; nil when there is nothing to do.
---@return string?
function attempts.note(attempt)
  local note = states[attempt.state].next_step
  if not note then return nil end
  return (note:gsub("#%u+", {
    ["#ATTEMPT"] = attempt.attempt_id, ["#TASK"] = attempts.task_id(attempt),
  }))
end

--- Why an attempt has no result, if the vendor or reel gave a reason.
---@return string?
function attempts.reason(attempt)
  local said = attempt.fail_msg or attempt.msg
  if not said or attempt.state == "created" or attempt.state == "succeeded" then return nil end
  return text.line(said, MAX_MESSAGE)
end

local function time(ms)
  return ms and os.date("!%Y-%m-%dT%H:%M:%SZ", ms // 1000) or nil
end

attempts.time = time

local copied = {
  "n", "state", "task_id", "model", "project", "origin", "take", "run", "script", "estimate",
  "credits", "http_status", "code", "fail_code",
}

--- An attempt as data for --json.
---@return table
function attempts.data(attempt)
  local data = {
    attempt = attempt.attempt_id, input = attempts.input(attempt),
    key = attempt.key_kind == "explicit" and attempt.key or nil, sent = time(attempt.latched_ms),
    message = attempts.reason(attempt), note = attempts.note(attempt),
  }
  for _, name in ipairs(copied) do data[name] = attempt[name] end
  return data
end

return attempts
