#!/bin/sh
# Measures reel_step() in the SDL host with many waiting tasks and the journal on, over 3,600 frames;
# takes three minutes and a half. From the root, after a build with tests:
#   [SPEED=0.01] [SETTLE=20] spec/bench/step.sh [TASKS]
# The tasks are at a service in another process. It is slowed down (SPEED), so that the tasks do not
# end, and runs at a low priority (nice), so that it takes no time from the host.
# The program makes the tasks, in a run that is ended when the last one was accepted. The host's run
# of the same script finds them in the journal. Frames count from SETTLE seconds after that; about
# twenty queries a second then find a change.
set -eu
build=${REEL_BUILD_DIR-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
tasks=${1-1000}
folder=$(mktemp -d)
children=
trap 'kill $children 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

# await SECONDS PATTERN FILE: waits until the file has a line that matches, and prints the match.
await() {
  for _ in $(seq $(($1 * 10))); do
    grep -om1 "$2" "$3" 2>/dev/null && return
    sleep 0.1
  done
  echo "step.sh: $3 has no line like \"$2\" after $1 seconds" >&2
  tail -n 5 ./*.err >&2
  exit 1
}

"$build/spec/idle_step"
nice -n 19 "$build/bin/reel" serve --root service --no-render --speed "${SPEED-0.01}" --rate 0 >serve.out 2>serve.err &
children=$!
url=$(await 10 'http://.*' serve.out)
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>display 2>/dev/null &
children="$children $!"
display=$(await 10 '[0-9][0-9]*' display)

cat >script.lua <<END
local reel = require "reel"
reel.configure { base_url = "$url", api_key = "local", create_rate = "1000/1", poll_first = 5,
  poll_max = 15 }
local shots, accepted = {}, 0
for i = 1, $tasks do shots[i] = "bench " .. i end
reel.map(shots, function(prompt)
  local task = reel.text_to_video { prompt = prompt }
  accepted = accepted + 1
  if accepted == #shots then
    print "all wait"
    io.stdout:flush()
  end
  return task:wait()
end)
END

"$build/bin/reel" --quiet --local script.lua >made.out 2>made.err &
maker=$!
children="$children $maker"
await 120 'all wait' made.out >/dev/null
kill "$maker"
wait "$maker" || true

DISPLAY=:$display "$build/embed/player" --shot shot.bmp script.lua >player.out 2>player.err &
player=$!
children="$children $player"
await 300 'all wait' player.err >/dev/null
sleep $((${SETTLE-20} + 61))
kill "$player"
wait "$player" || true
cat player.out
