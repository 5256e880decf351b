#!/bin/sh
# From a clone to playable clips: installs what is missing, builds, and runs scripts/trailer.lua
# against the local service. Needs no key and costs nothing.
set -eu
cd "$(dirname "$0")/.."

./scripts/setup.sh build -DCMAKE_BUILD_TYPE=RelWithDebInfo
echo "demo: running scripts/trailer.lua with the local service"
clips=$(build/bin/reel --local scripts/trailer.lua </dev/null)
echo "demo: the clips"
echo "$clips" | sed "s|^[^/]|$PWD/&|"
