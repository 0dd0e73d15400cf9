#!/bin/sh
# Chapter 5 by hand: writes OUT/manifest.json, the image layout OUT/oci and the archive OUT/image.tar, for the layer and
# the configuration in OUT.
#
#   scripts/05-write-manifest.sh [OUT]
set -eu
. "$(dirname "$0")/digest.sh"
out=${1:-out}
tar=$(command -v gtar || command -v tar)

config=$(descriptor application/vnd.oci.image.config.v1+json "$out/config.json")
layer=$(descriptor application/vnd.oci.image.layer.v1.tar+gzip "$out/layer.tar.gz")

printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}' \
    "$config" "$layer" > "$out/manifest.json"

# The image layout: each blob in a file that has its digest as its name ...
rm -rf "$out/oci"
mkdir -p "$out/oci/blobs/sha256"
for blob in layer.tar.gz config.json manifest.json; do
    cp "$out/$blob" "$out/oci/blobs/sha256/$(sha256 "$out/$blob")"
done

# ... a file that says what this directory is ...
printf '{"imageLayoutVersion":"1.0.0"}' > "$out/oci/oci-layout"

# ... and the index: the manifest's descriptor, with the platform it is for and the names that tools look for.
manifest=$(descriptor application/vnd.oci.image.manifest.v1+json "$out/manifest.json")
{
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":['
    printf '%s,"platform":{"architecture":"amd64","os":"linux"},' "${manifest%\}}"
    printf '"annotations":{"io.containerd.image.name":"docker.io/library/hello:latest",'
    printf '"org.opencontainers.image.ref.name":"latest"}}]}'
} > "$out/oci/index.json"

# The archive for `docker load` holds the layout, and a manifest.json of another kind, for older versions of Docker.
printf '[{"Config":"blobs/sha256/%s","RepoTags":["hello:latest"],"Layers":["blobs/sha256/%s"]}]' \
    "$(sha256 "$out/config.json")" "$(sha256 "$out/layer.tar.gz")" > "$out/oci/manifest.json"
"$tar" --sort=name --format=gnu --mtime="@${SOURCE_DATE_EPOCH:-0}" --owner=0 --group=0 --numeric-owner \
    --mode=go=u-w -C "$out/oci" -cf "$out/image.tar" .
rm "$out/oci/manifest.json"
