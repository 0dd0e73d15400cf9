#!/bin/sh
# Chapter 6 by hand: pushes the image in IMAGE to a registry on this machine.
#
#   scripts/06-push.sh HOST:PORT [REPOSITORY:TAG] [IMAGE]
#
# IMAGE is the directory with layer.tar.gz, config.json and manifest.json; without it, the reference image.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/digest.sh"
registry=${1:?usage: scripts/06-push.sh HOST:PORT [REPOSITORY:TAG] [IMAGE]}
name=${2:-hello:latest}
image=${3:-$here/../fixtures/hello/reference}
base=http://$registry/v2/${name%:*}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

# Chapter 7 sets $authorization. On a command line, everybody on the machine could read it: curl takes it from a file.
printf %s "${authorization:+Authorization: $authorization}" > "$work/authorization"

# request EXPECTED_STATUS CURL_ARGUMENTS: prints nothing, leaves the answer's headers in $work/headers.
request() {
    expected=$1
    shift
    status=$(curl --silent --show-error --output "$work/body" --dump-header "$work/headers" --write-out '%{http_code}' \
        --header "@$work/authorization" "$@")
    if [ "$status" != "$expected" ]; then
        echo "error: the registry answered $status instead of $expected: $*" >&2
        cat "$work/body" >&2
        exit 1
    fi
}

# Where the registry wants the next request. It may leave out its own address.
location() {
    location=$(sed -n 's/^[Ll]ocation: *//p' "$work/headers" | tr -d '\r')
    case $location in
        /*) echo "http://$registry$location" ;;
        *) echo "$location" ;;
    esac
}

push_blob() {
    digest=sha256:$(sha256 "$1")

    # head_blob: is it there?
    status=$(curl --silent --output "$work/body" --write-out '%{http_code}' --head \
        --header "@$work/authorization" "$base/blobs/$digest")
    if [ "$status" = 200 ]; then
        echo "$digest is there"
        return
    fi

    # start_upload: ask where to upload to.
    request 202 --request POST --header 'Content-Length: 0' "$base/blobs/uploads/"

    # send_blob: the bytes, read from the file while they are sent.
    upload=$(location)
    request 202 --request PATCH --header 'Content-Type: application/octet-stream' --upload-file "$1" "$upload"

    # commit_blob: that was all of it, and this is its digest. The place may have a query already.
    upload=$(location)
    case $upload in
        *\?*) upload="$upload&digest=$digest" ;;
        *) upload="$upload?digest=$digest" ;;
    esac
    request 201 --request PUT --header 'Content-Length: 0' "$upload"
    echo "$digest is pushed"
}

push_blob "$image/layer.tar.gz"
push_blob "$image/config.json"

# put_manifest: last, because the registry refuses a manifest whose blobs it has not.
request 201 --request PUT --header 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
    --data-binary "@$image/manifest.json" "$base/manifests/${name##*:}"
echo "$registry/${name%:*}@sha256:$(sha256 "$image/manifest.json")"
