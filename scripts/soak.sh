#!/bin/sh
# Tests at length that nothing is paid twice and nothing is lost. It kills KILLS processes with
# SIGKILL at random moments, one process or two on one journal, while a fake vendor breaks answers.
# After every round it compares the vendor's ledger with the journal.
#   ./scripts/soak.sh [KILLS]     default: 200
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
