#!/bin/bash
# Runs the tests of limits of chapter 10, and of what is left over, where cgroups are of version 2, whatever this machine has:
# in a Linux that is a program, User Mode Linux (Debian's user-mode-linux). Needs busybox (static), too.
#
#   scripts/check-cgroup2.sh [DIR]
#
# DIR is where the package is unpacked (dpkg -x), if it is not installed.
set -euo pipefail
cd "$(dirname "$0")/.."
uml=${1:-}/usr
[ $# -gt 0 ] || [ ! -e /sys/fs/cgroup/cgroup.controllers ] || { echo "cgroups are of version 2 here: cargo test tries them"; exit 0; }
[ -x "$uml/bin/linux.uml" ] || { echo "error: $uml/bin/linux.uml is not there: it is in Debian's user-mode-linux" >&2; exit 1; }

programs=$(cargo test --package ch10-run --test limits --test left_over --no-run 2>&1 | sed -n 's|.*Executable.*(\(.*\))|\1|p')
programs=$(realpath $programs)
overlay=$(realpath "$(find "$uml/lib/uml/modules" -name overlay.ko)")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What that Linux starts. Its files are this machine's, so what is written goes to its own memory. The tests run in a
# group whose parent gives limits on, as systemd has it.
cat > "$work/init" << END
#!/bin/sh
export PATH=$PATH TMPDIR=/run/tmp RUST_BACKTRACE=0 CI=true
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir /run/tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
busybox insmod $overlay
mkdir -p /sys/fs/cgroup/slice/scope
echo '+cpu +memory +pids' | tee /sys/fs/cgroup/cgroup.subtree_control /sys/fs/cgroup/slice/cgroup.subtree_control > /dev/null
echo \$\$ > /sys/fs/cgroup/slice/scope/cgroup.procs
cd $PWD/chapters/ch10-run
for program in $(echo $programs); do
    \$program < /dev/null > /run/told 2>&1 && echo "\$program: passed"
    cat /run/told
done
echo o > /proc/sysrq-trigger
sleep 9
END
chmod +x "$work/init"

timeout 300 "$uml/bin/linux.uml" mem=700M quiet loglevel=1 rootfstype=hostfs rootflags=/ rw init="$work/init" con=null con0=null,fd:1 \
    > "$work/log" 2>&1 < /dev/null || true
grep '^test ' "$work/log" || true
for program in $programs; do
    grep -q "^$program: passed" "$work/log" || { cat "$work/log"; echo "error: $program failed" >&2; exit 1; }
done
