-- What a project has spent, by run and project, as a table for people or as lines of JSON.
local attempts = require "reel.show.attempts"
local columns = require "reel.show.columns"
local output = require "reel.base.output"
local session = require "reel.session"
local text = require "reel.base.text"
local url = require "reel.core.url"

local ledger = {}

local CLIPS <const>, ESTIMATE <const>, CHARGED <const> = 5, 6, 7
local MAX_SCRIPT <const> = 40 -- characters

-- The credits that the vendor has told, and the number of tasks whose credits it has not told.
local function charged(entry)
  local words = ("%g"):format(entry.credits)
  if entry.unknown == 0 then return words end
  return entry.credits > 0 and ("%s + %d untold"):format(words, entry.unknown)
    or ("%d untold"):format(entry.unknown)
end

local function row(entry, when, what)
  local project = entry.project ~= "" and entry.project or "-"
  local origin = url.parse(entry.origin) -- nil for "local"
  local place = origin and origin.place or entry.origin
  return {
    when, what, project, place, tostring(entry.creates), ("%g"):format(entry.estimate),
    charged(entry),
  }
end

-- Sums for each project and origin, in the order of their first entries.
local function totals_of(entries)
  local totals, by_name = {}, {}
  for _, entry in ipairs(entries) do
    local name = ("%q %s"):format(entry.project, entry.origin)
    local total = by_name[name]
    if not total then
      total = { project = entry.project, origin = entry.origin, creates = 0, estimate = 0,
        credits = 0, unknown = 0, ambiguous = 0 }
      by_name[name], totals[#totals + 1] = total, total
    end
    for _, field in ipairs({ "creates", "estimate", "credits", "unknown", "ambiguous" }) do
      total[field] = total[field] + entry[field]
    end
  end
  return totals
end

local function print_table(entries)
  if not entries[1] then return end
  local rows = { { "run", "script", "project", "at", "clips", "estimate", "charged" } }
  for _, entry in ipairs(entries) do
    rows[#rows + 1] = row(entry, os.date("%Y-%m-%d %H:%M", entry.started_ms // 1000),
      text.line(entry.script or "-", MAX_SCRIPT))
  end
  for _, total in ipairs(totals_of(entries)) do rows[#rows + 1] = row(total, "total", "") end
  columns.print(rows, { right = { [CLIPS] = true, [ESTIMATE] = true, [CHARGED] = true } })
end

local function print_json(entries)
  for _, entry in ipairs(entries) do
    output.print_json({
      run = entry.run, script = entry.script,
      started = attempts.time(entry.started_ms), project = entry.project, origin = entry.origin,
      creates = entry.creates, ambiguous = entry.ambiguous, estimate = entry.estimate,
      charged = entry.credits, untold = entry.unknown,
    })
  end
end

--- The entries of the project's journal; an empty list without a journal.
---@async
---@return table[]
function ledger.read()
  local journal = session.known_journal()
  return journal and journal:ledger() or {}
end

--- Prints entries of `read`.
---@param entries table[]
---@param as_json? boolean   one object on each line
function ledger.print(entries, as_json)
  local print_entries = as_json and print_json or print_table
  print_entries(entries)
end

return ledger
