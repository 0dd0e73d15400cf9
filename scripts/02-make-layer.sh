#!/bin/sh
# Chapter 2 by hand: makes OUT/layer.tar and OUT/layer.tar.gz of the directory ROOTFS.
#
#   scripts/02-make-layer.sh [ROOTFS] [OUT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rootfs=${1:-$here/../fixtures/hello/rootfs}
out=${2:-out}

# It takes GNU tar. On macOS, `tar` is another one, and GNU's is called gtar (brew install gnu-tar).
tar=$(command -v gtar || command -v tar)

mkdir -p "$out"

#   --sort=name        a directory returns its names in any order it likes
#   --format=gnu       how names of over 100 bytes are stored
#   --mtime=@0         when a file was written is nobody's business
#   --owner, --group   nor is by whom: root owns everything ...
#   --numeric-owner    ... by number, because names differ between systems
#   --mode=go=u-w      what group and others may do depends on the umask: make it from what the owner may do
"$tar" --sort=name --format=gnu --mtime="@${SOURCE_DATE_EPOCH:-0}" --owner=0 --group=0 --numeric-owner \
    --mode=go=u-w -C "$rootfs" -cf "$out/layer.tar" .

#   -n                 neither the file's name nor the time
gzip -n < "$out/layer.tar" > "$out/layer.tar.gz"
