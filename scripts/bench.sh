#!/bin/sh
# Measures how long a step blocks the host, how soon a job goes on after its task has ended, and how
# long a start, a rerun and attached tasks take. Runs for eight minutes. The figures are useful only
# if nothing else runs on the machine meanwhile.
#   ./scripts/bench.sh [step|callbacks|start|rerun|attached]     default: all five
set -eu
cd "$(dirname "$0")/.."

case ${1-} in
  '' | step | callbacks | start | rerun | attached) ;;
  *)
    echo "usage: ./scripts/bench.sh [step|callbacks|start|rerun|attached]" >&2
    exit 2
    ;;
esac

./scripts/setup.sh --test build -DBUILD_TESTING=ON
if [ "${1-step}" = step ]; then spec/bench/step.sh; fi
if [ "${1-callbacks}" = callbacks ]; then lua5.4 spec/bench/callbacks.lua; fi
if [ "${1-start}" = start ]; then spec/bench/start.sh; fi
if [ "${1-rerun}" = rerun ]; then spec/bench/rerun.sh; fi
if [ "${1-attached}" = attached ]; then spec/bench/attached.sh; fi
