#!/bin/bash
# Checks chapter 8 with a whole system: a Debian root file system from debootstrap, and a layer on it, pushed by buildah to
# docker-registry in both formats. What we pull must be what skopeo copies. Needs root, and buildah, debootstrap,
# docker-registry, skopeo.
#
#   scripts/check-pull.sh [ROOTFS_TAR]
#
# ROOTFS_TAR is what scripts/debian-rootfs.sh makes; without it, it is made.
set -euo pipefail
archive=${1:+$(realpath "$1")}
cd "$(dirname "$0")/.."
. scripts/start-registry.sh

for tool in buildah docker-registry skopeo; do
    command -v "$tool" > /dev/null || { echo "error: $tool is not on this machine" >&2; exit 1; }
done
cargo build --quiet --package ch08-pull
ours=$(realpath "${CARGO_TARGET_DIR:-target}/debug/ch08-pull")

work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT

mkdir "$work/context"
if [ -n "$archive" ]; then cp "$archive" "$work/context/rootfs.tar"; else scripts/debian-rootfs.sh "$work/context/rootfs.tar"; fi
printf 'FROM scratch\nADD rootfs.tar /\nCOPY Dockerfile /etc/\n' > "$work/context/Dockerfile"

start_registry "$work/registry"

storage=(--storage-driver vfs --root "$work/storage" --runroot "$work/run")
buildah "${storage[@]}" build --quiet --layers --tag debian "$work/context" > /dev/null
for format in oci v2s2; do
    buildah "${storage[@]}" push --quiet --tls-verify=false --format "$format" debian "docker://$address/debian:$format"
    skopeo copy --quiet --src-tls-verify=false "docker://$address/debian:$format" "dir:$work/$format"
    "$ours" "$address/debian:$format" -o "$work/pulled-$format" > "$work/said"
    blobs=$work/pulled-$format/oci/blobs/sha256
    # A dir: calls each blob by its digest, but for the manifest.
    mv "$work/$format/manifest.json" "$work/$format/$(sha256sum < "$work/$format/manifest.json" | cut -d ' ' -f 1)"
    rm "$work/$format/version"
    diff -r "$work/$format" "$blobs"
    (cd "$blobs" && for blob in *; do echo "$blob  $blob"; done | sha256sum --check --quiet)
    echo "ok: debootstrap, $format: $(find "$blobs" -type f | wc -l) blobs of $(du -sm "$blobs" | cut -f 1) MB, as skopeo copies them"
done
echo "2 passed, 0 failed"
