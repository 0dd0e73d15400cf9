#!/bin/sh
# Chapter 3 by hand: prints the digest and the DiffID of the layer in OUT, and its descriptor.
#
#   scripts/03-digest.sh [OUT]
set -eu
. "$(dirname "$0")/digest.sh"
out=${1:-out}

echo "sha256:$(sha256 "$out/layer.tar.gz")  layer.tar.gz"
echo "sha256:$(sha256 "$out/layer.tar")  layer.tar"
descriptor application/vnd.oci.image.layer.v1.tar+gzip "$out/layer.tar.gz"
echo
