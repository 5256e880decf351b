#!/bin/sh
# Measures what starting reel costs, compared with a program that only starts libcurl.
#   [RUNS=100] spec/bench/start.sh      from the root, after a build with tests
set -eu
build=${REEL_BUILD_DIR-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
: >empty.lua
echo 'local reel = require "reel"' >library.lua
set -- $("$build/spec/cpu" "${RUNS-100}" "$build/spec/bare_curl" -- "$build/bin/reel" run empty.lua \
  -- "$build/bin/reel" run library.lua)
echo "processor time: libcurl alone $1 ms, an empty script $2 ms, one that requires reel $3 ms"
