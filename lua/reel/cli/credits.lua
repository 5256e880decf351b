-- reel credits: the account's balance.
local canonical = require "reel.canonical"

local credits = {
  name = "credits",
  summary = "Show the account's balance.",
}

function credits.describe() end

function credits.run(args)
  local balance = require("reel").credits()
  print(args.json and canonical.encode({ credits = balance }) or ("%g credits"):format(balance))
  return 0
end

return credits
