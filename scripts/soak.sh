#!/bin/sh
# The long version of the test that nothing is paid twice and nothing is lost: kills KILLS processes
# with SIGKILL at random moments, alone and two at a time on one journal, with a fake vendor that
# breaks answers, and compares the vendor's ledger with the journal after every round.
#   ./scripts/soak.sh [KILLS]     default 200
# REEL_SEED=N repeats the random choices of a run, but not its timing.
set -eu
cd "$(dirname "$0")/.."

kills=${1-200}
case $kills in
  '' | *[!0-9]*)
    echo "usage: ./scripts/soak.sh [KILLS]" >&2
    exit 2
    ;;
esac

./scripts/setup.sh --test build
export REEL_KILLS="$kills" REEL_SEED="${REEL_SEED-$(date +%s)}"
echo "soak: $kills kills, REEL_SEED=$REEL_SEED"
busted --output=plainTerminal spec/pay_once/kill_spec.lua
