#!/bin/sh
# Measures the second run of a script: all of its calls are settled and their clips are stored.
#   [RUNS=9] spec/bench/rerun.sh [CALLS]      from the root, after a build with tests
set -eu
calls=${1-2000}
seconds=0
. spec/bench/with_vendor.sh
cat >script.lua <<END
local reel = require "reel"
reel.configure { create_rate = "1000/1", create_parallel = 4, poll_first = 0.05, poll_max = 0.05 }
local shots = {}
for i = 1, tonumber(...) do shots[i] = "bench " .. i end
reel.map(shots, function(prompt) return reel.text_to_video({ prompt = prompt }):wait() end)
END
"$reel" --quiet script.lua "$calls"
set -- $("$build/spec/cpu" "${RUNS-9}" "$reel" --quiet script.lua 0 -- "$reel" --quiet script.lua "$calls")
echo "$1 $2 $calls" | awk '{ printf "rerun of %d calls: processor time %.0f ms, %.3f ms a call\n",
  $3, $2, ($2 - $1) / $3 }'
