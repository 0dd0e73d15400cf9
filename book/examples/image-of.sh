#!/bin/sh
# Makes the image layout LAYOUT with one image, of layers that lie beneath each other in this order: archives, compressed
# with gzip or not.
#
#   book/examples/image-of.sh LAYOUT LAYER...
#
# The DiffIDs are those of the layers, unless DIFF_IDS lists others, to see what becomes of a wrong one.
set -eu
layout=$1
shift
rm -rf "$layout"
mkdir -p "$layout/blobs/sha256"
echo '{"imageLayoutVersion":"1.0.0"}' > "$layout/oci-layout"

# The descriptor of what is in the file $2, which is copied under its digest.
add() {
    hex=$(sha256sum < "$2" | cut -d ' ' -f 1)
    cp "$2" "$layout/blobs/sha256/$hex"
    jq -nc --arg type "application/vnd.oci.image.$1" --arg digest "sha256:$hex" --argjson size "$(wc -c < "$2")" \
        '{mediaType: $type, digest: $digest, size: $size}'
}

layers= diff_ids=
for layer in "$@"; do
    case $layer in
        *.gz) layers="$layers $(add layer.v1.tar+gzip "$layer")" ;;
        *) layers="$layers $(add layer.v1.tar "$layer")" ;;
    esac
    # With -f, gzip passes through what is not compressed.
    diff_ids="$diff_ids sha256:$(gzip -dcf < "$layer" | sha256sum | cut -d ' ' -f 1)"
done

# index.json serves as the scratch file for all three documents, the last of which it is.
index=$layout/index.json
jq -nc --arg ids "${DIFF_IDS:-$diff_ids}" '{architecture: "amd64", os: "linux",
    rootfs: {type: "layers", diff_ids: ($ids | split(" ") | map(select(. != "")))}}' > "$index"
config=$(add config.v1+json "$index")
echo "$layers" | jq -sc --argjson config "$config" '{schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json", config: $config, layers: .}' > "$index"
manifest=$(add manifest.v1+json "$index")
jq -nc --argjson manifest "$manifest" '{schemaVersion: 2, manifests: [$manifest]}' > "$index"
