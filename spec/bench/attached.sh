#!/bin/sh
# Measures many tasks at once that are attached by id and end two seconds later.
#   spec/bench/attached.sh [TASKS...]      from the root, after a build with tests
# Each task is queried twice: once by reel.attach and once by the schedule.
set -eu
[ $# -gt 0 ] || set -- 1000 10000
seconds=1
. spec/bench/with_vendor.sh
cat >script.lua <<END
local reel = require "reel"
local first, count = ...
reel.configure { poll_first = 2, poll_max = 2 }
local ids = {}
for i = 1, count do ids[i] = ("attached-%s-%d"):format(first, i) end
reel.map(ids, function(id) return reel.attach(id):wait() end)
END
queries() {
  "$reel" --quiet queries.lua
}
cat >queries.lua <<END
require "reel"
local answer = assert(require("reel.core.http").request { url = "$url/queries" })
print(answer.body)
END
for tasks; do
  before=$(queries)
  spent=$("$build/spec/cpu" 1 "$reel" script.lua "$tasks" "$tasks" 2>/dev/null)
  echo "$spent $tasks $(queries) $before" | awk '{
    printf "%d attached tasks: processor time %.0f ms, %.3f ms each; queries each: %.2f\n",
      $2, $1, $1 / $2, ($3 - $4) / $2 }'
done
