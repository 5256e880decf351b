-- reel credits: the account's balance, and what this folder has spent by run and project.
local attempts = require "reel.show.attempts"
local columns = require "reel.show.columns"
local session = require "reel.session"
local text = require "reel.base.text"

local credits = {
  name = "credits",
  summary = "Show the balance, and what was spent by run and project.",
  usage = "[options]",
  epilog = [[
The ledger counts what was sent and not refused. "charged" is what the vendor has told, "estimate"
comes from the price list; clips of --local cost nothing and are listed as such.]],
}

local CLIPS <const>, ESTIMATE <const>, CHARGED <const> = 5, 6, 7
local MAX_SCRIPT <const> = 40 -- characters

function credits.describe(parser)
  return parser:flag("--ledger", "Only what was spent; asks nobody and needs no key.")
end

-- What the vendor told, and of how many tasks it did not.
local function charged(entry)
  local words = ("%g"):format(entry.credits)
  if entry.unknown == 0 then return words end
  return entry.credits > 0 and ("%s + %d untold"):format(words, entry.unknown)
    or ("%d untold"):format(entry.unknown)
end

local function row(entry, when, what)
  local project = entry.project ~= "" and entry.project or "-"
  local place = entry.origin:gsub("^%a+://", "")
  return {
    when, what, project, place, tostring(entry.creates), ("%g"):format(entry.estimate),
    charged(entry),
  }
end

-- Sums by project and origin, in the order of their first entries.
local function totals_of(ledger)
  local totals, by_name = {}, {}
  for _, entry in ipairs(ledger) do
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

local function print_ledger(ledger)
  if not ledger[1] then return end
  local rows = { { "run", "script", "project", "at", "clips", "estimate", "charged" } }
  for _, entry in ipairs(ledger) do
    rows[#rows + 1] = row(entry, os.date("%Y-%m-%d %H:%M", entry.started_ms // 1000),
      text.line(entry.script or "-", MAX_SCRIPT))
  end
  for _, total in ipairs(totals_of(ledger)) do rows[#rows + 1] = row(total, "total", "") end
  columns.print(rows, { right = { [CLIPS] = true, [ESTIMATE] = true, [CHARGED] = true } })
end

local function print_json(ledger)
  for _, entry in ipairs(ledger) do
    attempts.print_json({
      run = entry.run, script = entry.script and text.line(entry.script, 1000),
      started = attempts.time(entry.started_ms), project = entry.project, origin = entry.origin,
      creates = entry.creates, ambiguous = entry.ambiguous, estimate = entry.estimate,
      charged = entry.credits, untold = entry.unknown,
    })
  end
end

local function print_balance(args)
  local balance = require("reel").credits()
  if args.json then return attempts.print_json({ credits = balance }) end
  print(("%g credits"):format(balance))
end

-- The ledger is shown also when the vendor does not answer.
function credits.run(args)
  local journal = session.known_journal()
  local ledger = journal and journal:ledger() or {}
  local ok, err = args.ledger
  if not args.ledger then ok, err = pcall(print_balance, args) end
  if ok and ledger[1] and not args.ledger and not args.json then print() end
  local show = args.json and print_json or print_ledger
  show(ledger)
  if not ok then error(err, 0) end
  return 0
end

return credits
