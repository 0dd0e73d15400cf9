#!/bin/bash
# The whole circle: makes the hello image, pushes it to Debian's docker-registry, pulls it, unpacks it and runs it, once
# with the programs and once by hand. Every digest must be the same on both sides of the registry.
#
#   scripts/round-trip.sh [HOST:PORT]
#
# With HOST:PORT it uses the registry there, which must not ask for a password. Else it starts docker-registry.
set -euo pipefail
cd "$(dirname "$0")/.."
unset SOURCE_DATE_EPOCH
. scripts/digest.sh
. scripts/start-registry.sh
hello='Hello from an image built the hard way!'

work=$(mktemp -d)
registry=
clean_up() {
    [ -z "$registry" ] || kill "$registry"
    wait
    rm -rf "$work"
}
trap clean_up EXIT

cargo build --quiet -p ch05-write-manifest -p ch07-log-in -p ch08-pull -p ch09-unpack -p ch10-run -p ch02-make-layer
bin=${CARGO_TARGET_DIR:-target}/debug

address=${1:-}
if [ -z "$address" ]; then
    command -v docker-registry > /dev/null || { echo 'error: docker-registry is not on this machine' >&2; exit 1; }
    start_registry "$work/registry"
fi

passed=0
# same WHAT BEFORE AFTER: the two sides of the registry.
same() {
    if [ "$2" != "$3" ]; then
        printf 'error: %s\nbefore: %s\nafter:  %s\n' "$@" >&2
        exit 1
    fi
    printf '%-24s %s\n' "$1" "$2"
    passed=$((passed + 1))
}
# compare MADE PULLED ROOTFS: what was pushed, what was pulled, and what was unpacked.
compare() {
    for name in manifest config layer; do
        digest=$(sha256 "$1/$(case $name in layer) echo layer.tar.gz ;; *) echo $name.json ;; esac)")
        same "$name" "$digest" "$(sha256 "$2/blobs/sha256/$digest")"
    done
    same 'manifest in the index' "$(sha256 "$1/manifest.json")" "$(jq -r '.manifests[0].digest' "$2/index.json" | cut -d : -f 2)"
    # A layer made of what was unpacked is the layer that was unpacked.
    "$bin/ch02-make-layer" "$3" -o "$work/again" > /dev/null
    same 'DiffID' "$(sha256 "$1/layer.tar")" "$(sha256 "$work/again/layer.tar")"
    same 'layer, packed again' "$(sha256 "$1/layer.tar.gz")" "$(sha256 "$work/again/layer.tar.gz")"
}

echo "with the programs, over $address"
"$bin/ch05-write-manifest" -o "$work/made" > /dev/null
"$bin/ch07-log-in" "$address/round/trip:1" -o "$work/pushed" > /dev/null
"$bin/ch08-pull" "$address/round/trip:1" -o "$work/pulled" > /dev/null
"$bin/ch09-unpack" "$work/pulled/oci" -o "$work/rootfs" > /dev/null
compare "$work/made" "$work/pulled/oci" "$work/rootfs"
same 'the container says' "$hello" "$("$bin/ch10-run" "$address/round/trip:1" -o "$work/run" 2> /dev/null)"

echo "by hand, over $address"
made=fixtures/hello/reference
scripts/06-push.sh "$address" round/by-hand:1 > /dev/null
scripts/08-pull.sh "$address" round/by-hand:1 "$work/pulled-by-hand" > /dev/null
scripts/09-unpack.sh "$work/pulled-by-hand/oci" "$work/rootfs-by-hand" > /dev/null
compare "$made" "$work/pulled-by-hand/oci" "$work/rootfs-by-hand"
same 'the container says' "$hello" "$(scripts/10-run.sh "$work/rootfs-by-hand" /hello)"

echo "$passed passed, 0 failed"
