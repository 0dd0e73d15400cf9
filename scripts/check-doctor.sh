#!/bin/bash
# Runs scripts/doctor.sh on a bare system, does what it says, and runs it again: it must find all that is missing there, and
# nothing missing any more. The system is a minimal Debian or Ubuntu in a temporary directory, the same release and mirror
# as this machine's own; Rust and its tools are this machine's. Needs root, debootstrap, and rustlings and mdbook beside cargo.
#
#   scripts/check-doctor.sh
set -euo pipefail
# The tree is read by other users than root, as apt's.
umask 022
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then echo "error: this needs root" >&2; exit 1; fi
command -v debootstrap > /dev/null || { echo "error: debootstrap is not on this machine" >&2; exit 1; }

work=$(mktemp -d)
# All that is mounted is mounted in namespaces, which end with the commands in them: here, there is nothing to unmount.
trap 'rm -rf --one-file-system "$work"' EXIT
tree=$work/tree
rustup=${RUSTUP_HOME:-$HOME/.rustup}
cargo=${CARGO_HOME:-$HOME/.cargo}

passed=0
ok() { echo "ok: $*"; passed=$((passed + 1)); }
fail() { # what, and what was printed
    printf 'error: %s\n%s\n' "$1" "${2:-}" >&2
    exit 1
}
# says WHAT LINE...: the doctor printed these lines, whatever the widths of its columns.
says() {
    local what=$1 text
    text=$(tr -s ' ' <<< "$printed")
    shift
    for line in "$@"; do
        grep -qE "^ ?$line\$" <<< "$text" || fail "the doctor does not say: $line" "$printed"
    done
    ok "$what"
}
# ends CODE COMMAND...: it ends with that; what it printed is in $printed.
ends() {
    local code=$1 found=0
    shift
    printed=$("$@" 2>&1 < /dev/null) || found=$?
    [ $found = "$code" ] || fail "it ended with $found instead of $code: $*" "$printed"
}

wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
[ "$(sed -n 's/^rust_wanted=//p' scripts/doctor.sh)" = "$wanted" ] || fail "doctor.sh wants another Rust than Cargo.toml: $wanted"
[ "$(sed -n "s/^\$rust_wanted = '\(.*\)'/\1/p" scripts/doctor.ps1)" = "$wanted" ] || fail "doctor.ps1 wants another Rust than Cargo.toml: $wanted"
ok "both doctors want Rust $wanted, as Cargo.toml does"

ends 2 scripts/doctor.sh nonsense
says "an unknown group is refused" 'error: not a group: nonsense'

# A machine with a shell, the coreutils, and nothing else.
mkdir "$work/few"
for tool in $(dpkg -L coreutils | grep -E '^(/usr)?/bin/'); do ln -s "$tool" "$work/few/"; done
ln -s "$(command -v dash)" "$work/few/sh"
ends 1 env -i PATH="$work/few" HOME=/ sh scripts/doctor.sh
says "with the coreutils alone, all else is missing" 'missing '{rustc,cargo,cc,bash,'GNU tar',gzip,curl,jq,python3,xxd,diff,find,unshare,busybox,rustlings,mdbook}
[ "$(grep -c '^  missing' <<< "$printed")" = 20 ] || fail "not 20 tools are missing" "$printed"

# Tools that are there, and are not what they should be.
mkdir "$work/odd"
odd() { printf '#!/bin/sh\n%s\n' "$2" > "$work/odd/$1"; chmod +x "$work/odd/$1"; }
odd rustc 'echo "rustc 1.87.0 (17067e9ac 2025-05-09)"'
odd cargo 'echo "error: rustup could not choose a version of cargo to run" >&2; exit 1'
odd cc 'echo "fatal error: stdlib.h: No such file or directory" >&2; exit 1'
odd tar 'echo "bsdtar 3.5.3 - libarchive 3.7.4"'
odd jq 'exit 0'
odd rustlings 'echo "rustlings 5.6.1"'
# Every program here is a script, and this one asks for libraries.
odd ldd 'exit 0'
odd unshare 'echo "unshare: unshare failed: Operation not permitted" >&2; exit 1'
ends 1 env PATH="$work/odd:$PATH" scripts/doctor.sh
says "what does not work is told from what does" 'too old rustc 1\.87\.0; 1\.88 or newer is needed' \
    'broken cargo it does not run: error: rustup could not choose a version of cargo to run' \
    'broken cc it cannot compile: fatal error: stdlib\.h: No such file or directory' \
    'missing GNU tar the tar here is another one' 'broken jq .*' 'too old rustlings 5\.6\.1; 6\.5 or newer is needed' \
    'forbidden unshare .*' 'broken busybox it needs libraries; a static one is needed' 'ok gzip .*'
ends 1 env PATH="$work/odd:$PATH" scripts/doctor.sh chapters
ends 0 env PATH="$work/odd:$PATH" scripts/doctor.sh reading
grep -q jq <<< "$printed" && fail "the doctor looks at more than the group that was asked for" "$printed"
ok "one group alone is looked at, and what is for reading is optional"

# A bare system. apt knows this machine's release and its mirror; the mirror may be a file that lists some.
. /etc/os-release
target=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | grep " $VERSION_CODENAME\$" | head -n 1)
mirror=${target% *}
case $mirror in mirror+file:*) mirror=$(cut -f 1 "${mirror#mirror+file:}" | head -n 1) ;; esac
components=main
[ "$ID" != ubuntu ] || components=main,universe
debootstrap --variant=minbase --components=$components "$VERSION_CODENAME" "$tree" "$mirror" > "$work/log" 2>&1 ||
    fail "debootstrap made no system" "$(tail -n 20 "$work/log")"
# What this machine sets for apt, such as a proxy, holds there too.
apt-config dump | grep -iE '^Acquire::(https?::|[^:]*proxy)' > "$tree/etc/apt/apt.conf.d/99machine" || true
cp --remove-destination /etc/resolv.conf "$tree/etc/resolv.conf"
mkdir -p "$tree/course/fixtures" "$tree$rustup" "$tree$cargo"
cp -R scripts "$tree/course/"
cp -R fixtures/hello "$tree/course/fixtures/"

path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# within WITH_RUST COMMAND...: in that system. A chroot may make no namespaces, so this makes the tree the root of a mount
# namespace of its own.
within() {
    local rust=$1
    shift
    unshare --mount --pid --fork bash -euc '
        tree=$1 rustup=$2 cargo=$3 rust=$4
        shift 4
        mount --bind "$tree" "$tree"
        mount -t proc proc "$tree/proc"
        mount --rbind /dev "$tree/dev"
        if [ $rust = yes ]; then
            mount --bind "$rustup" "$tree$rustup"
            mount --bind "$cargo" "$tree$cargo"
            PATH=$cargo/bin:$PATH
        fi
        cd "$tree"
        pivot_root . .
        umount --lazy .
        cd /course
        exec "$@"' within "$tree" "$rustup" "$cargo" "$rust" \
        env -i HOME="$HOME" PATH="$([ "$rust" = no ] || echo "$cargo/bin:")$path" RUSTUP_HOME="$rustup" CARGO_HOME="$cargo" \
        DEBIAN_FRONTEND=noninteractive "$@"
}

ends 1 within no scripts/doctor.sh
says "on a bare system the doctor finds what is missing" 'missing '{rustc,cargo,cc,curl,jq,python3,xxd,busybox,rustlings,mdbook} \
    'ok '{bash,'GNU tar',gzip,sha256sum,base64,unshare}' [0-9.]+' 'ok clone its files have their permissions' \
    'Rust: see https://rust-lang\.org/tools/install/ , then open a new terminal'
[ "$(grep -c '^  missing' <<< "$printed")" = 10 ] || fail "not 10 tools are missing" "$printed"
install=$(sed -n 's/^  \(apt install .*\)/\1/p' <<< "$printed")
[ "$install" = "apt install build-essential curl jq python3 xxd busybox-static" ] || fail "not the packages that are missing: $install" "$printed"
ok "and says how to get it: $install"

command=$(sed -n 's/.*"postCreateCommand": "\(.*\)".*/\1/p' .devcontainer/devcontainer.json)
for package in ${install#apt install }; do
    grep -qwF -e "$package" <<< "$command" || fail "the dev container does not install $package" "$command"
done
for step in $(sed -n 's/^  cargo install \([a-z]*\) --version \([0-9.]*\).*/\1=\2/p' <<< "$printed"); do
    grep -qF "cargo install ${step%=*} --version ${step#*=} --locked" <<< "$command" || fail "the dev container does not install $step" "$command"
done
ok "the dev container installs the same"

# In a chroot, which is all the same but may make no namespaces.
ends 1 chroot "$tree" /course/scripts/doctor.sh by-hand
says "in a chroot it says that namespaces are forbidden" 'forbidden unshare it may not make namespaces, which chapter 10 does'

within no sh -euc "apt-get update -qq && ${install/install/install -y -qq --no-install-recommends}" > "$work/log" 2>&1 ||
    fail "what the doctor says cannot be done: $install" "$(tail -n 20 "$work/log")"
ends 0 within yes scripts/doctor.sh
says "done as it says, everything is there" 'ok '{rustc,cargo,bash,'GNU tar',gzip,curl,jq,python3,sha256sum,base64,unshare,rustlings,mdbook}' [0-9.]+' \
    'ok xxd' 'ok busybox static' 'ok cc it compiles and links' 'Everything is here\.'

# The doctor is right: with these tools the scripts make the reference.
ends 0 within yes scripts/reference.sh --check
says "and the scripts make the reference there" 'fixtures/hello/reference is what the scripts make'

chmod -x "$tree/course/fixtures/hello/rootfs/hello"
ends 1 within yes scripts/doctor.sh by-hand
says "a clone that lost its permissions is found" 'broken clone its files have lost their permissions'

if grep -qF "$work" /proc/mounts; then fail "something is still mounted" "$(grep -F "$work" /proc/mounts)"; fi
echo "$passed passed, 0 failed"
