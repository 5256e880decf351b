---@meta reel.core

error("this file only tells editors what reel.core is: require that")

--- The C half of reel. Requiring it makes the modules reel.core.<noun> known. They are primitives
--- for the library; scripts have no reason to touch them.
---
--- Wrong arguments raise; a failure of the world comes back as nil, a word and a message. Functions
--- that wait park the running job, and block where there is none.
---@class reel.core
---@field version string   "major.minor.patch"
local core = {}

--- Why something did not work; src/base/status.h has the same words.
---@alias reel.core.Word
---| "no_memory"
---| "invalid"     # an argument that nothing can be made of
---| "cancelled"
---| "timeout"     # the deadline passed
---| "too_large"   # more than the limit that was given
---| "unreachable" # no connection; nothing was sent
---| "transfer"    # broke off midway
---| "system"      # the operating system said no; the message has its words
---| "not_found"   # no such program
---| "closed"      # a handle that was closed
---| "busy"        # a port, a database or a terminal that another has
---| "state"       # not possible in this state
---| "script"      # Lua code failed
---| "journal"     # the journal cannot be used
---| "rate"        # no room in the rate window now
---| "budget"      # max_new or max_credits is used up
---| "held"        # nothing is sent until a person has looked
---| "forbidden"   # the address is not public

return core
