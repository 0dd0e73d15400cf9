#!/bin/bash
# Makes an archive of a Debian root file system, for the checks with a whole system. Needs root and debootstrap.
#
#   scripts/debian-rootfs.sh ARCHIVE
set -euo pipefail
# The files are read by other users than root.
umask 022
archive=${1:?usage: scripts/debian-rootfs.sh ARCHIVE}
command -v debootstrap > /dev/null || { echo "error: debootstrap is not on this machine" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
debootstrap --variant=minbase stable "$work/rootfs" > "$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
tar -C "$work/rootfs" --xattrs --xattrs-include='*' --numeric-owner -cf "$archive" .
