#!/bin/sh
# Tests at length what the suite tests briefly.
#   ./scripts/prove.sh kills [KILLS]    default: 200
#     Nothing is paid twice and nothing is lost. It kills processes with SIGKILL at random moments,
#     one process or two on one journal, while a fake vendor breaks answers. After every round it
#     compares the vendor's ledger with the journal.
#   ./scripts/prove.sh fuzz [SECONDS]   default: 3600
#     Nothing in a folder crashes or hangs reel. It changes settings files, spool files, journals
#     and task files of the local service at random, and reads them. The seconds are divided between
#     these four, with a plain build, where an input may take a second, and under AddressSanitizer.
# REEL_SEED=N repeats the random choices of a run, but not its timing.
set -eu
cd "$(dirname "$0")/.."

usage() {
  echo "usage: ./scripts/prove.sh kills [KILLS] | fuzz [SECONDS]" >&2
  exit 2
}

case ${1-} in
  kills) amount=${2-200} ;;
  fuzz) amount=${2-3600} ;;
  *) usage ;;
esac
case $amount in
  '' | *[!0-9]*) usage ;;
esac
export REEL_SEED="${REEL_SEED-$(date +%s)}"

if [ "$1" = kills ]; then
  ./scripts/setup.sh --test build
  echo "prove: $amount kills, REEL_SEED=$REEL_SEED"
  REEL_KILLS=$amount busted --output=plainTerminal spec/pay_once/kill_spec.lua
else
  ./scripts/setup.sh --test build
  ./scripts/setup.sh --test build-address -DREEL_SANITIZE=address -DBUILD_TESTING=ON
  echo "prove: $amount seconds, REEL_SEED=$REEL_SEED"
  export REEL_FUZZ_SECONDS=$((amount / 8))
  busted --output=plainTerminal spec/fuzz_spec.lua
  REEL_BUILD_DIR=build-address REEL_SANITIZE=address build-address/spec/bin/lua5.4 \
    "$(command -v busted)" --ignore-lua --output=plainTerminal \
    --cpath="$PWD/build-address/lib/?.so" spec/fuzz_spec.lua
fi
