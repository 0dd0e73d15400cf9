#!/bin/bash
# Makes the bundle of scripts/offline-bundle.sh, and uses it as someone would who has Rust and nothing else: without a
# network, and with an empty CARGO_HOME. Needs what making it needs, and unshare and python3; as root, or where users may
# make namespaces. It builds everything anew, in a temporary directory of about 2 GB.
#
#   scripts/check-offline-bundle.sh
set -euo pipefail

passed=0
ok() { echo "ok: $*"; passed=$((passed + 1)); }
fail() {
    echo "error: $1" >&2
    [ $# -eq 1 ] || tail -n 60 "$2" >&2
    exit 1
}
# timed WHAT COMMAND...: the command must succeed; what it printed is in $work/log.
timed() {
    local start=$SECONDS what=$1
    shift
    "$@" > "$work/log" 2>&1 < /dev/null || fail "$what: failed without a network" "$work/log"
    ok "$what ($((SECONDS - start)) s)"
}
# reaches PORT: whether something listens there.
reaches() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)' "$1" 2> "$work/log"; }

if [ "${1:-}" != --without-network ]; then
    cd "$(dirname "$0")/.."
    work=$(mktemp -d)
    listener=
    trap '[ -z "$listener" ] || kill "$listener"; rm -rf "$work"' EXIT

    start=$SECONDS
    scripts/offline-bundle.sh "$work/bundle.tar.gz" > "$work/made" || fail "no bundle was made" "$work/made"
    ok "the bundle is made: $(sed 's/^[^:]*: //' "$work/made") ($((SECONDS - start)) s)"
    mkdir "$work/room"
    timed "it is unpacked" tar -xzf "$work/bundle.tar.gz" -C "$work/room"

    # Something to reach, which is out of reach once the network is cut.
    python3 -c 'import socket, time; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], flush=True); time.sleep(3600)' \
        > "$work/port" &
    listener=$!
    until [ -s "$work/port" ]; do sleep 0.05; done
    reaches "$(cat "$work/port")" || fail "a port of this machine cannot be reached" "$work/log"

    net=(unshare --net)
    [ "$(id -u)" = 0 ] || net=(unshare --map-root-user --net)
    "${net[@]}" bash "$PWD/scripts/check-offline-bundle.sh" --without-network "$work"
    exit
fi

# From here on there is no network.
work=$2
passed=2
cd "$work/room/hard-way"
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR CARGO_NET_OFFLINE
export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} CARGO_HOME=$work/cargo-home
mkdir "$CARGO_HOME"

# Programs here may talk to each other: ioctl SIOCSIFFLAGS, with IFF_UP and IFF_RUNNING, brings up the loopback.
python3 -c 'import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH22x", b"lo", 0x41))'
if reaches "$(cat "$work/port")"; then fail "the network is not cut"; fi
grep -qF ConnectionRefused "$work/log" || fail "the loopback is not up" "$work/log"
interfaces=$(tail -n +3 /proc/net/dev | cut -d : -f 1 | tr -d ' ')
[ "$interfaces" = lo ] || fail "the network is not cut: $interfaces"
ok "the network is cut: there is the loopback and nothing else, and what listens outside cannot be reached"

# This could fail: without the bundle's configuration, the same cargo looks for a registry, and finds none.
mv .cargo/config.toml "$work/config.toml"
if CARGO_NET_RETRY=0 cargo fetch > "$work/log" 2>&1; then fail "cargo got crates from elsewhere than the bundle" "$work/log"; fi
mv "$work/config.toml" .cargo/config.toml
rm -rf "$CARGO_HOME"
mkdir "$CARGO_HOME"
ok "without the bundle's configuration there are no crates"

timed "cargo run -p ch06-push" cargo run -p ch06-push
grep -q '^read back: the manifest and both blobs' "$work/log" || fail "cargo run -p ch06-push printed something else" "$work/log"

test_command=$(grep -m 1 '^cargo test' README.md)
timed "$test_command" bash -c "$test_command"
[ "$(grep -c '^test result: ok' "$work/log")" -gt 10 ] || fail "$test_command tested next to nothing" "$work/log"

timed "cargo install --path rustlings --locked" cargo install --path rustlings --locked
version=$("$CARGO_HOME/bin/rustlings" --version)
grep -qF "# $version," README-OFFLINE.md || fail "README-OFFLINE.md speaks of another rustlings than $version"

# An exercise, as its solver meets it: it fails, is solved, and passes.
if [ -e chapters/exercises/info.toml ]; then
    cd chapters/exercises
    first=$(sed -n 's/^name = "\(.*\)"/\1/p' info.toml | head -n 1)
    exercise=$(find exercises -name "$first.rs")
    if "$CARGO_HOME/bin/rustlings" run "$first" > "$work/log" 2>&1 < /dev/null; then fail "the exercise $first is solved already" "$work/log"; fi
    grep -q "$exercise" "$work/log" || fail "the exercise $first fails for another reason than its code" "$work/log"
    cp "solutions/${exercise#exercises/}" "$exercise"
    timed "the exercise $first, solved" "$CARGO_HOME/bin/rustlings" run "$first"
    cd ../..
fi

pages=0
for page in $(sed -n 's/.*](\(.*\)\.md).*/\1/p' book/src/SUMMARY.md); do
    [ -s "book/book/$page.html" ] || fail "the book has no page $page.html"
    pages=$((pages + 1))
done
[ $pages -gt 20 ] && [ -s book/book/index.html ] || fail "the book has $pages pages"
ok "the book is there, with $pages pages"

[ -z "$(find "$CARGO_HOME" -name '*.crate')" ] || fail "cargo downloaded crates"
echo "$passed passed, 0 failed"
