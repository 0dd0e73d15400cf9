#!/bin/sh
# Chapter 4 by hand: writes OUT/config.json for the layer in OUT.
#
#   scripts/04-write-config.sh [OUT]
set -eu
. "$(dirname "$0")/digest.sh"
out=${1:-out}

# The time as RFC 3339 writes it. GNU date takes -d @SECONDS, the one of macOS -r SECONDS.
seconds=${SOURCE_DATE_EPOCH:-0}
created=$(date -u -d "@$seconds" +%Y-%m-%dT%H:%M:%SZ 2> /dev/null || date -u -r "$seconds" +%Y-%m-%dT%H:%M:%SZ)

# In pieces, because it is long; the file is one line without spaces, and without a newline at its end.
{
    printf '{"created":"%s","architecture":"amd64","os":"linux",' "$created"
    printf '"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],'
    printf '"Entrypoint":["/hello"],"WorkingDir":"/"},'
    printf '"rootfs":{"diff_ids":["sha256:%s"],"type":"layers"},' "$(sha256 "$out/layer.tar")"
    printf '"history":[{"created":"%s","created_by":"ch02-make-layer"},' "$created"
    printf '{"created":"%s","created_by":"ch04-write-config","empty_layer":true}]}' "$created"
} > "$out/config.json"
