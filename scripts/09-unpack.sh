#!/bin/sh
# Chapter 9 by hand: unpacks the first image of the image layout LAYOUT into the new directory ROOTFS.
#
#   scripts/09-unpack.sh LAYOUT ROOTFS
#
# It follows links as any command does, so it is for images that you trust. It reads layers that are compressed with gzip.
# It does not handle names with a newline, and a directory to which a layer adds without mentioning it gets the time of
# unpacking. Who is not root gets no owners, and cannot unpack devices, nor into a directory that its owner may not change.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/digest.sh"
layout=${1:?usage: scripts/09-unpack.sh LAYOUT ROOTFS}
rootfs=${2:?usage: scripts/09-unpack.sh LAYOUT ROOTFS}
if [ -e "$rootfs" ]; then
    echo "error: $rootfs is there already" >&2
    exit 1
fi
mkdir -p "$(dirname "$rootfs")"
work=$(mktemp -d "$(dirname "$rootfs")/.unfinished-XXXXXX")
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
umask 022
mkdir "$work/rootfs"

# Where a blob is, by its digest.
blob() { echo "$layout/blobs/$(echo "$1" | tr : /)"; }

# check FILE DIGEST
check() {
    if [ "sha256:$(sha256 "$1")" != "$2" ]; then
        echo "error: $1 has not the digest $2" >&2
        exit 1
    fi
}

# What a layer takes away from those below it: read from its table of contents, before anything of it is unpacked.
take_away() {
    while IFS= read -r name; do
        path=$work/rootfs/$name
        case $name in
            .wh..wh..opq | */.wh..wh..opq) # all that the directory holds
                directory=$(dirname "$path")
                [ ! -d "$directory" ] || find "$directory" -mindepth 1 -delete
                ;;
            .wh.* | */.wh.*) # one name
                base=$(basename "$path")
                rm -rf "$(dirname "$path")/${base#.wh.}"
                ;;
            */) ;;
            *) # a directory, if a file takes its place
                [ -L "$path" ] || [ ! -d "$path" ] || rm -rf "$path"
                ;;
        esac
    done
}

digest=$(jq -r '.manifests[0].digest' "$layout/index.json")
manifest=$(blob "$digest")
check "$manifest" "$digest"
digest=$(jq -r .config.digest "$manifest")
config=$(blob "$digest")
check "$config" "$digest"

number=0
for digest in $(jq -r '.layers[].digest' "$manifest"); do
    check "$(blob "$digest")" "$digest"
    gzip -dc "$(blob "$digest")" > "$work/layer.tar"
    check "$work/layer.tar" "$(jq -r ".rootfs.diff_ids[$number]" "$config")"
    tar --quoting-style=literal -tf "$work/layer.tar" > "$work/names"
    take_away < "$work/names"

    # As root, tar sets owners and makes devices; -p sets the modes as they are, whatever the umask.
    tar -C "$work/rootfs" -xpf "$work/layer.tar" --numeric-owner --xattrs --xattrs-include='*' --exclude='.wh.*'
    number=$((number + 1))
    echo "layer $digest"
done
[ "$(id -u)" = 0 ] || chmod u+rwx "$work/rootfs" # or else it could not be moved
mv "$work/rootfs" "$rootfs"
echo "$rootfs"
