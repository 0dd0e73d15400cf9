#!/bin/sh
# Applies a layer to a directory that holds the layers below it: first what it deletes, then what it brings.
#
#   book/examples/apply-layer.sh LAYER.TAR DIRECTORY
#
# For layers that you trust, because it believes every name in them.
set -eu
layer=$1
root=$2

tar -tf "$layer" | while IFS= read -r name; do
    folder=$root/${name%/*}
    file=${name##*/}
    case $file in
        .wh..wh..opq) if [ -d "$folder" ]; then find "$folder" -mindepth 1 -delete; fi ;;
        .wh.*) rm -rf "$folder/${file#.wh.}" ;;
    esac
done

tar -C "$root" --exclude='.wh.*' -xf "$layer"
