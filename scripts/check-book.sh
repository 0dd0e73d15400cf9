#!/bin/bash
# Builds the book and reads it in a browser: each page light and dark, on a desk and on a telephone; the search, the byte
# map and the blobs by keyboard; all of it from files, with nothing from the network. Needs mdbook 0.5, Node.js 20 or newer
# with npm, and Chromium; npm brings two packages, into a temporary directory.
#
#   scripts/check-book.sh
#   CHROMIUM=/path/to/chrome scripts/check-book.sh
set -euo pipefail
cd "$(dirname "$0")/.."
unset RUST_LOG MDBOOK_LOG
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}

missing=0
miss() {
    echo "error: $1" >&2
    echo "help: $2" >&2
    missing=1
}
version=$(mdbook --version 2> /dev/null || echo none)
[[ $version =~ ^mdbook\ v0\.5\. ]] || miss "mdbook 0.5 is needed: found: $version" "cargo install mdbook --version 0.5.4 --locked"
version=$(node --version 2> /dev/null || echo none)
[[ $version =~ ^v([0-9]+) && ${BASH_REMATCH[1]} -ge 20 ]] ||
    miss "Node.js 20 or newer is needed: found: $version" "on Debian, Ubuntu: apt install nodejs npm"
command -v npm > /dev/null || miss "npm is not on this machine" "on Debian, Ubuntu: apt install npm"
[ -x "$CHROMIUM" ] || miss "Chromium is not there: $CHROMIUM" "on Debian: apt install chromium; or set CHROMIUM to the path of yours"
[ $missing = 0 ] || exit 1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mdbook build book --dest-dir "$work/book" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
if grep -E '^ *(WARN|ERROR)' "$work/log" >&2; then
    echo "error: mdbook has complaints" >&2
    exit 1
fi

cp -r book/check "$work/check"
cd "$work/check"
npm ci --ignore-scripts --no-audit --no-fund --prefer-offline > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
node check.mjs "$work/book"
