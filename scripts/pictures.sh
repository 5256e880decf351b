#!/bin/sh
# Makes the pictures for README.md, in scripts/pictures: a window of scripts/embed/player.c and the
# page of reel gallery. Both show the clips of scripts/trailer.lua, made by the local service.
set -eu
cd "$(dirname "$0")/.."
top=$PWD

./scripts/setup.sh --test build -DBUILD_TESTING=ON
folder=$(mktemp -d)
screen=
trap 'kill $screen 2>/dev/null || true; rm -rf "$folder"' EXIT
mkdir -p scripts/pictures "$folder/trailer"
cp scripts/trailer.lua "$folder/trailer"
cd "$folder/trailer"

Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>display 2>/dev/null &
screen=$!
for _ in $(seq 200); do [ -s display ] && break; sleep 0.05; done
DISPLAY=:$(cat display) timeout 120 "$top/build/embed/player" --shot player.bmp trailer.lua

"$top/build/bin/reel" --local gallery -o gallery.html
timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
  --disable-background-networking --disable-component-update --disable-sync \
  --hide-scrollbars --virtual-time-budget=4000 \
  --user-data-dir="$folder/browser" --window-size=1120,980 --screenshot="$PWD/gallery.png" \
  "file://$PWD/gallery.html" 2>/dev/null

# Reduces a picture to a palette, since the repository should stay small.
shrink() {
  ffmpeg -v error -y -i "$1" \
    -vf "split[a][b];[a]palettegen=max_colors=160[p];[b][p]paletteuse=dither=none" \
    -frames:v 1 -update 1 -map_metadata -1 -fflags +bitexact "$2"
}
shrink player.bmp "$top/scripts/pictures/player.png"
shrink gallery.png "$top/scripts/pictures/gallery.png"
ls -l "$top"/scripts/pictures/*.png
