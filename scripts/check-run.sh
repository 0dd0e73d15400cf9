#!/bin/bash
# Checks the containers of chapter 10 with images that others made: busybox by umoci, and a whole Debian by debootstrap, as
# runc runs them. Needs root, and busybox (static), jq, runc, umoci.
#
#   scripts/check-run.sh [ROOTFS_TAR]
#
# ROOTFS_TAR is what scripts/debian-rootfs.sh makes; without it, it is made.
set -euo pipefail
archive=${1:+$(realpath "$1")}
cd "$(dirname "$0")/.."

for tool in umoci runc jq busybox setpriv; do
    command -v "$tool" > /dev/null || { echo "error: $tool is not on this machine" >&2; exit 1; }
done
cargo build --quiet --package ch10-run
ch10=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/ch10-run

umask 022 # another user will run some of this
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

passed=0
ok() { echo "ok: $*"; passed=$((passed + 1)); }
same() { # what, expected, found
    if [ "$2" != "$3" ]; then
        printf 'error: %s\nexpected: %s\nfound:    %s\n' "$@" >&2
        cat "$work/errors" >&2
        exit 1
    fi
    ok "$1"
}
ours() { "$ch10" -o "$work/$image-out" "$@" 2> "$work/errors"; }

# by_runc COMMAND...: runs it in the bundle that umoci unpacked.
by_runc() {
    jq '.process.terminal = false | .process.args = $ARGS.positional' "$work/$image-bundle/config.json" --args -- "$@" > "$work/config"
    mv "$work/config" "$work/$image-bundle/config.json"
    runc --root "$work/runc" run --bundle "$work/$image-bundle" "check-$$" < /dev/null
}

# make_image NAME DIRECTORY: an image of umoci's with the files of DIRECTORY.
make_image() {
    image=$1
    umoci init --layout "$work/$image"
    umoci new --image "$work/$image:latest"
    umoci unpack --image "$work/$image:latest" "$work/$image-bundle" > /dev/null
    cp -a "$2/." "$work/$image-bundle/rootfs"
    umoci repack --image "$work/$image:latest" "$work/$image-bundle" > /dev/null
    umoci config --image "$work/$image:latest" --config.cmd /bin/sh --config.env PATH=/usr/sbin:/usr/bin:/sbin:/bin
    # umoci new names no processor.
    rm -rf "$work/$image-bundle"
    umoci unpack --image "$work/$image:latest" "$work/$image-bundle" > /dev/null
}

# ---- busybox: one static program.
mkdir -p "$work/busybox-files/bin"
cp "$(command -v busybox)" "$work/busybox-files/bin/"
for name in sh ls id; do ln -s busybox "$work/busybox-files/bin/$name"; done
make_image busybox "$work/busybox-files"
same "busybox runs" "uid=0 gid=0" "$(ours "$work/busybox" id)"
same "busybox sees the files that runc shows" "$(by_runc ls -A /bin)" "$(ours "$work/busybox" ls -A /bin)"
same "sh is the image's cmd" 42 "$(echo 'echo 42' | ours "$work/busybox")"

# ---- Debian: some hundred packages, users, and programs with libraries.
mkdir "$work/debian-files"
if [ -z "$archive" ]; then
    archive=$work/debian.tar
    scripts/debian-rootfs.sh "$archive"
fi
tar --numeric-owner -xf "$archive" -C "$work/debian-files"
make_image debian "$work/debian-files"
script='cat /etc/debian_version; apt-get --version | head -1; dpkg -l | tail -n +6 | wc -l; perl -e "print 6*7"'
same "Debian prints what it prints under runc" "$(by_runc sh -c "$script")" "$(ours "$work/debian" sh -c "$script")"
same "a user of the image's" "uid=33(www-data) gid=33(www-data) groups=33(www-data)" "$(ours --user www-data "$work/debian" id)"
ours "$work/debian" sh -c 'dpkg --remove --force-all tzdata hostname > /dev/null 2>&1; mkdir /usr/share/doc/new; rm -r /usr/share/doc; mkdir /usr/share/doc'
ok "packages are removed, and a directory replaced"
same "and are there in the next container" 0 "$(ours "$work/debian" sh -c 'test -x /bin/hostname && ls /usr/share/doc > /dev/null; echo $?')"
same "su changes the user" www-data "$(ours "$work/debian" su -s /bin/sh -c 'id -un' www-data)"

# What no tool does: clone with a flag for a namespace, clone3, and typing on the terminal of somebody else.
case $(uname -m) in x86_64) clone=56 ;; *) clone=220 ;; esac
attempts="syscall($clone, 0x10000011, 0, 0, 0, 0); print \$!+0, ' '; syscall(435, 0, 0); print \$!+0, ' '; my \$key = 'x'; ioctl(STDERR, 0x5412, \$key); print \$!+0"
same "clone, clone3 and TIOCSTI are denied" "1 38 1" "$(ours "$work/debian" perl -e "$attempts")"

# Another process is reached by no debugger: not init, and not one of the machine's, which has no number in here.
case $(uname -m) in x86_64) ptrace=101 ;; *) ptrace=117 ;; esac
attach="print syscall($ptrace, 16, \$_+0, 0, 0), ' ', \$!+0, ' ' for @ARGV"
same "ptrace reaches neither init nor the machine" "-1 1 -1 3 " "$(ours "$work/debian" perl -e "$attach" 1 $$)"

# The same calls by the numbers for short pointers (x32): none of them is let in, mount and ioctl neither.
if [ "$(uname -m)" = x86_64 ]; then
    short='syscall(0x40000000 + 165, 0, 0, 0, 0, 0); print $!+0, " "; my $key = "x"; syscall(0x40000000 + 514, 2, 0x5412, $key); print $!+0'
    same "there are no calls with short pointers" "38 38" "$(ours "$work/debian" perl -e "$short")"
fi

# ---- As nobody: the files are nobody's, the programs run.
mkdir "$work/nobody"
chown 65534:65534 "$work/nobody"
install -m 755 "$ch10" "$work/ch10-run"
chmod -R a+rX "$work/debian"
nobody() { (cd / && setpriv --reuid 65534 --regid 65534 --clear-groups "$work/ch10-run" -o "$work/nobody" "$@" 2> "$work/errors"); }
same "Debian runs as nobody" "$(cat "$work/debian-files/etc/debian_version") root" "$(nobody "$work/debian" sh -c 'echo $(cat /etc/debian_version) $(id -un)')"

echo "$passed passed, 0 failed"
