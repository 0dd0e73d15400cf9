#!/bin/sh
# Chapter 8 by hand: pulls an image from a registry on this machine into the image layout DIR/oci. Needs curl and jq.
#
#   scripts/08-pull.sh HOST:PORT [REPOSITORY:TAG] [DIR]
#
# PLATFORM says what it is to run on: os/architecture. Without it, that is linux/amd64.
set -eu
. "$(dirname "$0")/digest.sh"
registry=${1:?usage: scripts/08-pull.sh HOST:PORT [REPOSITORY:TAG] [DIR]}
name=${2:-hello:latest}
out=${3:-out}
platform=${PLATFORM:-linux/amd64}
base=http://$registry/v2/${name%:*}
mkdir -p "$out"
work=$(mktemp -d "$out/.unfinished-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

# get PATH: asks for a manifest or a blob. The bytes go to $work/body, and what they are (Content-Type) to $type.
get() {
    type=$(curl --silent --show-error --fail --location --output "$work/body" --write-out '%{content_type}' \
        --header 'Accept: application/vnd.oci.image.manifest.v1+json' \
        --header 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
        --header 'Accept: application/vnd.oci.image.index.v1+json' \
        --header 'Accept: application/vnd.docker.distribution.manifest.list.v2+json' "$base/$1")
    type=${type%%;*}
}

# verify DIGEST: the bytes in $work/body must be those that the digest names.
verify() {
    if [ "$1" != "sha256:$(sha256 "$work/body")" ]; then
        echo "error: the registry sent other bytes than those of $1" >&2
        exit 1
    fi
}

# get_manifest: the tag leads to an image, or to an index: then to the first image in it for the platform.
get "manifests/${name##*:}"
entry=
case $type in
    *index* | *list*)
        entry=$(jq --compact-output --arg platform "$platform" \
            'first(.manifests[] | select("\(.platform.os)/\(.platform.architecture)" == $platform))' "$work/body")
        [ -n "$entry" ] || { echo "error: there is no image for $platform in the index" >&2; exit 1; }
        digest=$(printf %s "$entry" | jq --raw-output .digest)
        get "manifests/$digest"
        verify "$digest"
        ;;
esac
mv "$work/body" "$work/manifest"
manifest_type=$type
case $manifest_type in
    *manifest*) jq --raw-output --exit-status '.config.digest, .layers[].digest' "$work/manifest" > "$work/blobs" ;;
    *) echo "error: it is neither an image nor an index, but $manifest_type" >&2; exit 1 ;;
esac
digest=sha256:$(sha256 "$work/manifest")
echo "manifest $digest"
mkdir -p "$out/oci/blobs/sha256"
printf '{"imageLayoutVersion":"1.0.0"}' > "$out/oci/oci-layout"

# pull_blob: each blob that is not there yet. It gets its name when it is verified.
while read -r blob; do
    place=$out/oci/blobs/sha256/${blob#sha256:}
    if [ -f "$place" ] && [ "$blob" = "sha256:$(sha256 "$place")" ]; then
        echo "$blob is already there"
        continue
    fi
    get "blobs/$blob"
    verify "$blob"
    mv "$work/body" "$place"
    echo "$blob is pulled"
done < "$work/blobs"

# What the image runs on: the index says so, or else its configuration.
config=$out/oci/blobs/sha256/$(jq --raw-output '.config.digest | ltrimstr("sha256:")' "$work/manifest")
if [ -n "$entry" ]; then
    printf %s "$entry" | jq .platform > "$work/platform"
else
    jq . "$config" > "$work/platform"
fi

# The new index: this image, and those that were there, but for one of the same name.
[ -f "$out/oci/index.json" ] && cp "$out/oci/index.json" "$work/old" || echo '{"manifests":[]}' > "$work/old"
jq --compact-output --join-output --slurpfile old "$work/old" --arg name "$registry/$name" --arg tag "${name##*:}" \
    --arg type "$manifest_type" --arg digest "$digest" --argjson size "$(size "$work/manifest")" '
    {mediaType: $type, $digest, $size,
        platform: ({architecture, os} + if .variant then {variant} else {} end),
        annotations: {"io.containerd.image.name": $name, "org.opencontainers.image.ref.name": $tag}} as $entry
    | {schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
        manifests: [$entry, ($old[0].manifests[] | select((.annotations // {}) |
            if has("io.containerd.image.name") then .["io.containerd.image.name"] != $name
            else .["org.opencontainers.image.ref.name"] != $tag end))]}' \
    "$work/platform" > "$work/index.json"

# The manifest, and the index last: it names what is there.
mv "$work/manifest" "$out/oci/blobs/sha256/${digest#sha256:}"
mv "$work/index.json" "$out/oci/index.json"
echo "$registry/${name%:*}@$digest"
