#!/bin/sh
# Follows every descriptor of an image layout, from index.json on, and checks the blob that it names.
#
#   book/examples/check-layout.sh LAYOUT
set -eu
. "$(dirname "$0")/../../scripts/digest.sh"
layout=$1

fail() {
    echo "error: $1" >&2
    exit 1
}

# check DOCUMENT: an index, or a manifest.
check() {
    jq -r '(.manifests // [.config] + .layers)[] | "\(.mediaType) \(.digest) \(.size)"' "$1" |
        while read -r type digest size; do
            blob=$layout/blobs/sha256/${digest#sha256:}
            [ -f "$blob" ] || fail "$digest: no such blob"
            [ "$(size "$blob")" = "$size" ] || fail "$digest: $(size "$blob") bytes instead of $size"
            [ "sha256:$(sha256 "$blob")" = "$digest" ] || fail "$digest: its bytes have another digest"
            echo "ok: $digest"
            case $type in
                *.index.* | *.manifest.*) check "$blob" ;;
            esac
        done
}

check "$layout/index.json"
