---@meta reel.core

error("this file describes reel.core for editors; require reel.core itself")

--- The C half of reel. Requiring it makes the modules reel.core.<noun> known. They are primitives
--- for the library; scripts have no reason to use them.
---
--- Wrong arguments raise an error. Other failures return nil, a word and a message. Functions that
--- wait park the running job; outside of a job they block.
---@class reel.core
---@field version string   "major.minor.patch"
local core = {}

--- Why a function failed; src/base/status.h has the same words.
---@alias reel.core.Word
---| "no_memory"
---| "invalid"     # an argument cannot be used
---| "cancelled"
---| "timeout"     # the deadline passed
---| "too_large"   # more than the limit that was given
---| "unreachable" # there was no connection, and nothing was sent
---| "transfer"    # the transfer broke off
---| "system"      # the operating system refused; the message says why
---| "not_found"   # there is no such program
---| "closed"      # the handle was closed
---| "busy"        # another user has the port, the database or the terminal
---| "state"       # not possible in this state
---| "script"      # Lua code failed
---| "journal"     # the journal cannot be used
---| "rate"        # the rate limit allows no create now
---| "budget"      # max_new or max_credits is used up
---| "held"        # nothing is sent until a person has decided
---| "forbidden"   # the address is not public

return core
