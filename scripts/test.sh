#!/bin/sh
# Builds reel and runs every test through ctest. Last line: how many busted tests (any other ctest
# test counts as one) passed and failed. The exit code is 0 only if some ran and all passed.
set -eu
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: ./scripts/test.sh [--sanitize address|thread] [CTEST OPTION...]

  --sanitize address   build in build-address/ with AddressSanitizer and UBSan, run all under them
  --sanitize thread    build in build-thread/ with ThreadSanitizer, run all under it
  CTEST OPTION         goes to ctest: -R job runs the tests whose names contain "job"

Under a sanitizer busted is run by an instrumented interpreter, spec/support/lua5.4.c; see there.
END
}

folder=build
sanitizer=
case ${1-} in
  --help | -h)
    usage
    exit
    ;;
  --sanitize)
    sanitizer=${2-}
    case $sanitizer in
      address | thread) ;;
      *)
        usage >&2
        exit 2
        ;;
    esac
    folder=build-$sanitizer
    shift 2
    ;;
esac

./scripts/setup.sh --test "$folder" -DREEL_WERROR=ON -DREEL_SANITIZE="$sanitizer" \
  -DBUILD_TESTING=ON
# Specs of crashes have a build of their own, which a process can kill at given points.
./scripts/setup.sh build-crash -DREEL_CRASH_POINTS=ON -DBUILD_TESTING=OFF
log=$folder/Testing/Temporary/LastTest.log
rm -f "$log"
status=0
ctest --test-dir "$folder" --output-on-failure -j "$(nproc)" "$@" </dev/null || status=$?
[ -f "$log" ] || : >"$log"

# A busted test counts by its closing line, "N successes / N failures / N errors / N pending"; one
# that failed although that line tells of no failure (a crash at the end) counts one failure more,
# and so does whatever else ctest complains about.
awk -v status="$status" '
  /^[0-9]+ success(es)? \/ [0-9]+ failures? \/ [0-9]+ errors? \/ / {
    good = $1; bad = $4 + $7; counted = 1
  }
  /^Command: ""$/ { bad = 1 } # ctest found no such program
  /^Test (Passed|Failed)\.$/ {
    well = $2 == "Passed." && !bad
    passed += counted ? good : well
    failed += well ? 0 : bad ? bad : 1
    good = bad = counted = 0
  }
  END {
    if (status && !failed) failed = 1
    printf "%d passed, %d failed\n", passed, failed
    exit failed || !passed
  }' "$log"
