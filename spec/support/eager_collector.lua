-- busted --helper: collects far more often than any program would, in the way REEL_COLLECTOR names.
local modes = {}

function modes.generational()
  collectgarbage("generational", 1, 5)
end

-- A whole cycle every two hundred instructions, in every coroutine: they inherit the hook.
function modes.eager()
  collectgarbage("incremental", 0, 1000)
  debug.sethook(function() collectgarbage() end, "", 200)
end

modes[os.getenv("REEL_COLLECTOR")]()
