-- reel credits: the account's balance, and what this folder has spent by run and project.
local attempts = require "reel.show.attempts"
local ledger = require "reel.show.ledger"

local credits = {
  name = "credits",
  summary = "Show the balance, and what was spent by run and project.",
  usage = "[options]",
  epilog = [[
The ledger counts what was sent and not refused. "charged" is what the vendor has told, and
"untold" counts the tasks without such a figure; "estimate" comes from the price list. Clips of
--local cost nothing and are listed with "local".]],
}

function credits.describe(parser)
  return parser:flag("--ledger", "Only what was spent; sends no request and needs no key.")
end

local function print_balance(args)
  local balance = require("reel").credits()
  if args.json then return attempts.print_json({ credits = balance }) end
  print(("%g credits"):format(balance))
end

-- The ledger is shown also when the vendor does not answer.
function credits.run(args)
  local entries = ledger.read()
  local ok, err = args.ledger
  if not args.ledger then ok, err = pcall(print_balance, args) end
  if ok and entries[1] and not args.ledger and not args.json then print() end
  ledger.print(entries, args.json)
  if not ok then error(err, 0) end
  return 0
end

return credits
