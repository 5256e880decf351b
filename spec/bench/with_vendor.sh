# For benches that run the program with spec/bench/vendor.lua. Source it from the root:
#   seconds=2
#   . spec/bench/with_vendor.sh
# It sets build, reel, url and folder, which becomes the working folder and is removed at the end.
build=${REEL_BUILD_DIR-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
reel=$build/bin/reel
folder=$(mktemp -d)
REEL_BUILD_DIR=$build lua5.4 spec/bench/vendor.lua "$seconds" >"$folder/url" &
vendor=$!
trap 'kill $vendor 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
for _ in $(seq 100); do
  [ -s "$folder/url" ] && break
  sleep 0.1
done
url=$(cat "$folder/url")
cd "$folder"
export KIE_API_KEY=any REEL_BASE_URL="$url"
