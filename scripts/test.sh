#!/bin/sh
# Builds reel and runs every test through ctest. The last line of the output says how many tests
# passed and failed: it counts each busted test, and each ctest test that does not run busted. The
# exit code is 0 only if at least one test ran and all passed.
set -eu
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: ./scripts/test.sh [--sanitize address|thread] [CTEST OPTION...]

  --sanitize address   builds and tests with AddressSanitizer and UBSan, in build-address/
  --sanitize thread    builds and tests with ThreadSanitizer, in build-thread/
  CTEST OPTION         is passed to ctest: -R job runs the tests whose names contain "job"

With a sanitizer, an instrumented Lua interpreter runs busted (spec/support/lua5.4.c).
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
# The specs of crashes need a second build, whose processes can be killed at named points.
./scripts/setup.sh build-crash -DREEL_CRASH_POINTS=ON -DBUILD_TESTING=OFF
log=$folder/Testing/Temporary/LastTest.log
rm -f "$log"
status=0
ctest --test-dir "$folder" --output-on-failure -j "$(nproc)" "$@" </dev/null || status=$?
[ -f "$log" ] || : >"$log"

# busted tests are counted by the last line of busted, "N successes / N failures / N errors / N
# pending". If busted failed although this line shows no failure (a crash at the end), that counts
# as one failure. Any other test that ctest reports as failed counts as one failure, too.
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
