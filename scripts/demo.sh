#!/bin/sh
# Makes playable clips from a fresh clone: installs missing packages, builds reel, and runs
# scripts/trailer.lua with the local service. Needs no key and costs nothing.
set -eu
cd "$(dirname "$0")/.."

./scripts/setup.sh build -DCMAKE_BUILD_TYPE=RelWithDebInfo
echo "demo: running scripts/trailer.lua with the local service"
clips=$(build/bin/reel --local scripts/trailer.lua </dev/null)
echo "demo: these are the clips"
echo "$clips" | sed "s|^[^/]|$PWD/&|"
