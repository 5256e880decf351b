-- For busted --helper: makes the garbage collector run far more often than it does in any program.
-- The variable REEL_COLLECTOR names one of these modes.
local modes = {}

function modes.generational()
  collectgarbage("generational", 1, 5)
end

-- A whole cycle every two hundred instructions, in every coroutine: a new one inherits the hook.
function modes.eager()
  collectgarbage("incremental", 0, 1000)
  debug.sethook(function() collectgarbage() end, "", 200)
end

modes[os.getenv("REEL_COLLECTOR")]()
