#!/bin/sh
# Measures how long reel keeps a host, and how soon a job goes on after its task has ended; takes six
# minutes. For figures that mean something, leave the machine alone meanwhile.
#   ./scripts/bench.sh [step|callbacks]     default: both
set -eu
cd "$(dirname "$0")/.."

case ${1-} in
  '' | step | callbacks) ;;
  *)
    echo "usage: ./scripts/bench.sh [step|callbacks]" >&2
    exit 2
    ;;
esac

./scripts/setup.sh --test build -DBUILD_TESTING=ON
if [ "${1-step}" = step ]; then spec/bench/step.sh; fi
if [ "${1-callbacks}" = callbacks ]; then lua5.4 spec/bench/callbacks.lua; fi
