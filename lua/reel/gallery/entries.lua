-- What the page shows about each attempt, as plain data from the journal.
local attempts = require "reel.show.attempts"
local canonical_json = require "reel.base.canonical_json"
local json = require "reel.base.json"
local length = require "reel.gallery.length"
local lfs = require "lfs"
local lines = require "reel.show.lines"
local paths = require "reel.gallery.paths"
local posters = require "reel.gallery.posters"
local states = require "reel.journal.states"

local entries = {}

local SHORT_KEY <const> = 12

---@class reel.gallery.File
---@field name string        for people
---@field path string?       absolute; nil when the file is gone
---@field sha256 string
---@field extension string
---@field kind "video"|"picture"|nil
---@field poster string?     a data: URI

---@class reel.gallery.Entry
---@field number integer     of the attempt
---@field state string
---@field part "needing"|"making"|"made"|"without"   the section of the page
---@field model string       a short name for people
---@field model_name string
---@field about string       the prompt, or what stands for one
---@field handle string?
---@field files reel.gallery.File[]
---@field is_portrait boolean
---@field facts { [1]: string, [2]: string }[]    names and values that are always shown
---@field details { [1]: string, [2]: string }[]  names and values that are shown on request
---@field reason string?     why there is no result
---@field note string?       what a person can do about it

local function result_of(attempt)
  local result = json.decode_object(attempt.result_json)
  return {
    handle = type(result.handle) == "string" and result.handle or nil,
    elapsed = type(result._elapsed) == "number" and result._elapsed or nil,
  }
end

local function as_text(value)
  return type(value) == "string" and value or canonical_json.encode(value)
end

-- Files -------------------------------------------------------------------------------------------

local function is_file(path, bytes)
  local found = lfs.symlinkattributes(path)
  return found and found.mode == "file" and found.size == bytes
end

-- The path of a result: of the kept file, else of a saved copy; nil when both are gone.
local function find_file(row, saved, project_folder)
  local kept = project_folder .. "/.reel/media/" .. row.file
  if not row.file:find("/") and is_file(kept, row.bytes) then return kept end
  for _, copy in ipairs(saved) do
    local path = paths.absolute(copy.path, project_folder)
    if copy.sha256 == row.sha256 and is_file(path, row.bytes) then return path end
  end
end

local function files_of(journal, attempt, saved, project_folder)
  local found = {}
  local rows = attempt.task_id and journal:artifacts(attempt.origin, attempt.task_id) or {}
  for i, row in ipairs(rows) do
    local extension = row.file:match("%.(%w+)$") or ""
    found[i] = {
      name = row.file, path = find_file(row, saved, project_folder), sha256 = row.sha256,
      extension = extension, kind = posters.kind_of(extension),
      is_from_images = attempt.model:find("image-to-video", 1, true) ~= nil,
    }
  end
  return found
end

-- Words -------------------------------------------------------------------------------------------

-- The section of the page for each state.
local function credits(attempt)
  local words = attempts.credits(attempt)
  return attempt.origin == "local" and words ~= "-" and "0 (preview)" or words
end

-- The length of the clip by its file, or else the length that the call asked for.
local function length_of(files, input)
  local seconds = files[1] and files[1].path and length.of(files[1].path)
  if seconds then return lines.duration(seconds + 0.5) end
  return input.n_frames and input.n_frames .. " s"
end

local function short_key(attempt)
  return attempt.key_kind == "explicit" and attempt.key or attempt.key:sub(1, SHORT_KEY)
end

local function with_values(list)
  local kept = {}
  for _, pair in ipairs(list) do
    if pair[2] and pair[2] ~= "" then kept[#kept + 1] = pair end
  end
  return kept
end

local function facts(attempt, input, files)
  local elapsed = result_of(attempt).elapsed
  local sent = attempt.latched_ms and os.date("%Y-%m-%d %H:%M", attempt.latched_ms // 1000)
  return with_values {
    { "Length", length_of(files, input) }, { "Made in", elapsed and lines.duration(elapsed) },
    { "Credits", credits(attempt) }, { "Sent", sent }, { "Key", short_key(attempt) },
  }
end

local function sorted_names(input)
  local names = {}
  for name in pairs(input) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function details(attempt, input, decisions, saved)
  local list = {}
  for _, name in ipairs(sorted_names(input)) do list[#list + 1] = { name, as_text(input[name]) } end
  for _, file in ipairs(saved) do list[#list + 1] = { "saved", file.path } end
  for _, decision in ipairs(decisions) do
    list[#list + 1] = { "decided", decision.kind .. ": " .. decision.why }
  end
  for _, pair in ipairs {
    { "key", attempt.key }, { "take", attempt.take > 1 and tostring(attempt.take) },
    { "task", attempts.task_id(attempt) }, { "attempt", tostring(attempt.attempt_id) },
    { "model", attempt.model }, { "project", attempt.project }, { "script", attempt.script },
    { "to", attempt.origin },
  } do list[#list + 1] = pair end
  return with_values(list)
end

local function entry_of(journal, attempt, project_folder)
  local decisions, saved = journal:history(attempt.attempt_id)
  local input = attempts.input(attempt)
  local files = files_of(journal, attempt, saved, project_folder)
  return {
    number = attempt.attempt_id, state = attempt.state,
    part = states[attempt.state].group or "without",
    model = attempts.model(attempt), model_name = attempt.model,
    about = as_text(input.prompt or input.character_prompt or input.video_url or ""),
    handle = result_of(attempt).handle, reason = attempts.reason(attempt),
    note = attempts.note(attempt), files = files, facts = facts(attempt, input, files),
    is_portrait = input.aspect_ratio == "portrait",
    details = details(attempt, input, decisions, saved),
  }
end

-- Gives an entry whose input is the URL of another entry's clip the prompt of that entry.
local function replace_urls_by_prompts(list, all)
  local about = {}
  for i, attempt in ipairs(all) do
    local result = result_of(attempt)
    for _, urls in ipairs { result.urls or {}, result.watermarked_urls or {} } do
      for _, url in ipairs(urls) do about[url] = list[i].about end
    end
  end
  for _, entry in ipairs(list) do entry.about = about[entry.about] or entry.about end
end

--- All attempts that were sent. Those that need a person come first, then the newest.
---@async
---@param journal reel.Journal
---@param project_folder string
---@return reel.gallery.Entry[]
function entries.read(journal, project_folder)
  local list, all = {}, journal:list(true)
  for i, attempt in ipairs(all) do list[i] = entry_of(journal, attempt, project_folder) end
  replace_urls_by_prompts(list, all)
  return list
end

return entries
