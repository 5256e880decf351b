#!/bin/sh
# Installs the Debian packages that are missing and, if a folder is named, builds reel there.
#   ./scripts/setup.sh [--test] [FOLDER [CMAKE OPTION...]]
# --test also installs what only the tests need. If no package is missing, apt is not called.
set -eu
cd "$(dirname "$0")/.."

# Runs a command and shows its output only if it fails.
quietly() {
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return
  fi
  cat "$log" >&2
  rm -f "$log"
  echo "setup: this command failed: $*" >&2
  exit 1
}

# Prints the packages of the named sections of packages.txt.
packages() {
  for section in "$@"; do
    awk -v section="[$section]" '/^\[/ { on = $1 == section; next } on && NF { print $1 }' \
      scripts/packages.txt
  done
}

# Prints those packages of the named sections that are not installed.
missing() {
  for package in $(packages "$@"); do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed*) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}

install_missing() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "setup: this system has no apt; install what these Debian packages contain:" \
      $(packages "$@")
    return
  fi
  wanted=$(missing "$@")
  [ -n "$wanted" ] || return 0
  if [ "$(id -u)" -eq 0 ]; then
    as_root=
  elif command -v sudo >/dev/null; then
    as_root=sudo
  else
    echo "setup: packages are missing, but you are not root and there is no sudo. As root, run:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends $wanted" >&2
    exit 1
  fi
  echo "setup: these Debian packages are missing: $wanted"
  echo "setup: installing them with ${as_root:+$as_root }apt-get"
  # An error of one package source must not stop an installation that works with the others.
  $as_root apt-get -qq update || echo "setup: apt-get update had errors; installing anyway" >&2
  quietly $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -y install --no-install-recommends $wanted
}

build() {
  folder=$1
  shift
  echo "setup: building in $folder/"
  quietly cmake -S . -B "$folder" "$@"
  quietly cmake --build "$folder" -j "$(nproc)"
}

sections="run build"
if [ "${1-}" = --test ]; then
  sections="$sections test"
  shift
fi
install_missing $sections
[ $# -eq 0 ] || build "$@"
