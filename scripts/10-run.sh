#!/bin/sh
# Chapter 10 by hand: runs a command in a container whose files are ROOTFS. Needs util-linux.
#
#   scripts/10-run.sh [ROOTFS] [COMMAND...]
#
# ROOTFS is a directory as chapter 9 unpacks it; without it, the files of the hello image, and its program. What is left
# to the program is to drop capabilities and to filter system calls: setpriv could do the first.
set -eu
# pivot_root is in a directory that not everybody's PATH has.
PATH=$PATH:/usr/sbin:/sbin

# The second half of this script, which runs in the namespaces.
if [ "${1-}" = --inside ]; then
    rootfs=$2
    shift 2

    # ANCHOR: files
    # What is made for the container can be read by all in it.
    umask 022

    # The machine's name is the container's own.
    hostname container

    # The files: an overlay of ROOTFS and of memory, so that what is written goes with the container. The second mount
    # covers the directory that the first reads, which is why the first is told by its number.
    exec 3< "$rootfs"
    mount -t tmpfs -o mode=700 tmpfs "$rootfs"
    cd "$rootfs"
    mkdir upper work root
    mount -t overlay -o lowerdir=/proc/self/fd/3,upperdir=upper,workdir=work,userxattr overlay root
    exec 3<&-
    cd root
    mkdir -p dev proc sys
    # ANCHOR_END: files

    # ANCHOR: views
    # /dev: no new devices, but the machine's harmless ones. One can write to them on a read-only mount, too, but not change
    # their owners and modes, which are the machine's.
    mount -t tmpfs -o nosuid,strictatime,mode=755,size=65536k tmpfs dev
    for device in null zero full random urandom tty; do
        : > "dev/$device"
        mount --bind "/dev/$device" "dev/$device"
        mount -o remount,bind,ro "dev/$device"
    done
    ln -s /proc/self/fd dev/fd
    for stream in 0:stdin 1:stdout 2:stderr; do
        ln -s "/proc/self/fd/${stream%:*}" "dev/${stream#*:}"
    done

    # /sys and /proc, as these namespaces have them.
    mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
    mount -t proc -o nosuid,nodev,noexec proc proc
    # ANCHOR_END: views

    # ANCHOR: root
    # The root: the new one in place of the old one, which lies on top of it until it is unmounted. umount is a program of
    # the old root, with libraries: it is started from there, from the directory that this shell stays in.
    umount=$(readlink -f "$(command -v umount)")
    loader=$(readlink -f "$(ldd "$umount" | sed -n 's|^[[:space:]]*\(/[^ ]*/ld-[^ ]*\).*|\1|p')")
    libraries=$(dirname "$(ldd "$umount" | sed -n 's|.*libmount[^/]*\(/[^ ]*\).*|\1|p')")
    root=$PWD
    cd /usr/bin
    pivot_root "$root" "$root"
    "../..$loader" --library-path "../..$libraries" "../..$umount" --no-canonicalize --lazy ../..
    cd /
    exec "$@"
    # ANCHOR_END: root
fi

here=$(cd "$(dirname "$0")" && pwd)
rootfs=${1:-$here/../fixtures/hello/rootfs}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- /hello

# ANCHOR: namespaces
# The namespaces. unshare makes them, and a process with number 1 in them; if unshare is killed, so is that.
# Whoever runs this is root in there, and the only user. (The program of this chapter gives root all users.)
exec unshare --user --map-root-user --mount --pid --fork --kill-child --uts --ipc --net --cgroup \
    sh "$here/10-run.sh" --inside "$(cd "$rootfs" && pwd)" "$@"
# ANCHOR_END: namespaces
