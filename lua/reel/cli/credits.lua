-- reel credits: shows the account's balance, and what was spent by run and project.
local ledger = require "reel.show.ledger"
local output = require "reel.base.output"

local credits = {
  name = "credits",
  summary = "Show the balance, and what was spent by run and project.",
  usage = "[options]",
  epilog = [[
The ledger counts the attempts that were sent and not refused. "charged" adds the credits that
the vendor has told, "untold" counts the tasks for which it has told none, and "estimate" comes
from the price list. Clips of --local cost nothing and are listed with "local".]],
}

function credits.describe(parser)
  return parser:flag("--ledger", "Only what was spent; sends no request and needs no key.")
end

local function print_balance(args)
  local balance = require("reel").credits()
  if args.json then return output.print_json({ credits = balance }) end
  output.print(("%g credits"):format(balance))
end

-- The ledger is shown also when the vendor does not answer.
function credits.run(args)
  local entries = ledger.read()
  local ok, err = args.ledger
  if not args.ledger then ok, err = pcall(print_balance, args) end
  if ok and entries[1] and not args.ledger and not args.json then output.print() end
  ledger.print(entries, args.json)
  if not ok then error(err, 0) end
  return 0
end

return credits
