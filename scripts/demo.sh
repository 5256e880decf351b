#!/bin/sh
# From a clone to playable clips: installs what is missing, builds, and runs scripts/trailer.lua
# against the local service. Needs no key and costs nothing.
set -eu
cd "$(dirname "$0")/.."

./scripts/setup.sh build -DCMAKE_BUILD_TYPE=RelWithDebInfo
echo "demo: running scripts/trailer.lua with the local service; it saves these clips:"
build/bin/reel --local run scripts/trailer.lua
