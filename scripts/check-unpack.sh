#!/bin/bash
# Checks chapter 9 with images that others made: a Debian root file system from debootstrap, changed by umoci, and an image
# that buildah builds on it. What we unpack must be what umoci unpacks. Needs root, and attr, buildah, debootstrap, umoci.
#
#   scripts/check-unpack.sh [ROOTFS_TAR]
#
# ROOTFS_TAR is what scripts/debian-rootfs.sh makes; without it, it is made.
set -euo pipefail
cd "$(dirname "$0")/.."
# A root directory that no layer speaks of gets from umoci what this leaves it.
umask 022

for tool in buildah getfattr skopeo umoci; do
    command -v "$tool" > /dev/null || { echo "error: $tool is not on this machine" >&2; exit 1; }
done
cargo build --quiet --package ch09-unpack
ours=$(realpath "${CARGO_TARGET_DIR:-target}/debug/ch09-unpack")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0
# All there is to know of a tree: names, types, modes, owners, times, links, sizes, contents, attributes, and which names
# are one file.
describe() {
    (
        cd "$1"
        find . \( -type d -printf '%p %y %m %U %G %T@\n' \) -o -printf '%p %y %m %U %G %T@ %l %s %n\n' | LC_ALL=C sort
        find . ! -type d -links +1 -printf '%i %p\n' | LC_ALL=C sort -k 2 | awk '{ first[$1] = first[$1] ? first[$1] : $2; print $2, first[$1] }'
        find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
        find . -print0 | LC_ALL=C sort -z | xargs -0 getfattr --absolute-names -h -d -m -
    )
}
# same_tree WHAT LAYOUT
same_tree() {
    rm -rf "$work/ours" "$work/bundle"
    "$ours" "$2" -o "$work/ours" > "$work/said"
    umoci unpack --image "$2:latest" "$work/bundle" > /dev/null
    describe "$work/ours" > "$work/ours.txt"
    describe "$work/bundle/rootfs" > "$work/umoci.txt"
    if ! diff "$work/umoci.txt" "$work/ours.txt" > "$work/diff"; then
        printf 'error: %s: umoci unpacks (<) something else than we (>):\n' "$1" >&2
        head -20 "$work/diff" >&2
        exit 1
    fi
    echo "ok: $1: $(wc -l < "$work/ours.txt") facts in $(grep -c '^layer ' "$work/said") layers"
    passed=$((passed + 1))
}

archive=${1:-}
if [ -z "$archive" ]; then
    archive=$work/debian.tar
    scripts/debian-rootfs.sh "$archive"
fi

# ---- One layer, as it comes from debootstrap.
umoci init --layout "$work/oci"
umoci new --image "$work/oci:latest"
umoci raw add-layer --image "$work/oci:latest" "$archive" > /dev/null
same_tree "debootstrap" "$work/oci"

# ---- A second layer by umoci: deletions, replacements, additions.
change() {
    rm -rf usr/share/doc etc/apt var/log/*
    mkdir etc/motd.d etc/apt
    touch -d @1000 etc/apt/new
    rm -rf usr/share/zoneinfo && echo 'a file now' > usr/share/zoneinfo
    rm usr/bin/tac && mkdir -p usr/bin/tac/inner && echo 1 > usr/bin/tac/inner/file
    ln usr/bin/cat usr/bin/another-cat
    ln -sf /etc/passwd etc/hostname
    chmod 1700 opt && chown 7:8 srv && mkfifo run/fifo && mknod dev/another-null c 1 3
    setfattr -n user.color -v red etc/passwd
}
(cd "$work/bundle/rootfs" && change)
umoci repack --image "$work/oci:latest" "$work/bundle" > /dev/null
same_tree "umoci repack over it" "$work/oci"

# ---- The same layers without compression, and with zstd. umoci knows neither.
skopeo copy --quiet --dest-decompress "oci:$work/oci:latest" "dir:$work/plain"
skopeo copy --quiet --dest-compress --dest-compress-format zstd "dir:$work/plain" "oci:$work/zstd:latest"
skopeo copy --quiet "dir:$work/plain" "oci:$work/uncompressed:latest" --dest-oci-accept-uncompressed-layers
cp "$work/ours.txt" "$work/expected.txt"
for compression in zstd uncompressed; do
    rm -rf "$work/ours"
    "$ours" "$work/$compression" -o "$work/ours" > /dev/null
    describe "$work/ours" | diff "$work/expected.txt" - > "$work/diff" || { head -20 "$work/diff" >&2; exit 1; }
    echo "ok: $compression: the same tree"
    passed=$((passed + 1))
done

# ---- buildah: each instruction a layer, with what changes a directory that it does not mention.
cat > "$work/Containerfile" << 'END'
FROM scratch
ADD debian.tar /
RUN rm -rf /usr/share/doc /usr/share/man && mkdir /usr/share/doc && echo new > /usr/share/doc/new
RUN rm -rf /etc/apt && echo 'a file now' > /etc/apt && rm /etc/issue && mkdir /etc/issue
RUN mv /usr/share/locale /usr/share/moved && chmod 4711 /usr/bin/tac && ln /usr/bin/tac /srv/tac
RUN rm /srv/tac && rm -rf /opt && ln -s /srv /opt && chown 5:6 /srv && mkfifo /srv/fifo
COPY Containerfile /srv/
END
[ "$archive" -ef "$work/debian.tar" ] || cp "$archive" "$work/debian.tar"
storage=(--storage-driver vfs --root "$work/storage" --runroot "$work/run")
buildah "${storage[@]}" bud --quiet --isolation chroot --layers --format oci -t built \
    -f "$work/Containerfile" "$work" > "$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
buildah "${storage[@]}" push --quiet built "oci:$work/built:latest"
same_tree "buildah" "$work/built"

echo "$passed passed, 0 failed"
