#!/bin/sh
# Installs what Glassbox needs to build and is missing: Debian packages through apt, without questions.
# Where everything is there already, nothing is touched and no root is needed.
set -eu

if ! command -v swift >/dev/null 2>&1; then
  echo "Glassbox needs Swift 6.3 or later: https://www.swift.org/install" >&2
  exit 1
fi

[ "$(uname -s)" = Linux ] || exit 0

missing=""
have() { printf '#include <%s>\nint main(void) { return 0; }\n' "$1" | clang -x c -fsyntax-only - >/dev/null 2>&1; }
have ncursesw/curses.h || have curses.h || missing="$missing libncursesw5-dev"
have sqlite3.h || missing="$missing libsqlite3-dev"
have zlib.h || missing="$missing zlib1g-dev"
have zstd.h || missing="$missing libzstd-dev"
# The descriptions of 24-bit terminals; without them Glassbox shows 256 colours.
[ -e /usr/share/terminfo/x/xterm-direct ] || [ -e /lib/terminfo/x/xterm-direct ] || missing="$missing ncurses-term"
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "Please install (names as on Debian):$missing" >&2
  exit 1
fi
root=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "Please install as root: apt-get install$missing" >&2; exit 1; }
  root="sudo"
fi
echo "Installing$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$root apt-get install -y -q $missing >/dev/null 2>&1 || { $root apt-get update -q && $root apt-get install -y -q $missing; }
