#!/bin/sh
# Says which of the tools that the course needs are on this machine and work, and how to get those that are missing.
# It changes nothing, and asks no network. It needs nothing but a shell and the coreutils. On Windows, run it within WSL
# for the parts by hand, and scripts/doctor.ps1 in PowerShell for the rest.
#
#   scripts/doctor.sh [GROUP]...
#
# GROUP is chapters, by-hand, workshop or reading; without one, all of them. The exit status is 0 if everything works, and
# 1 if not; what is for reading only is optional.
set -euf
rust_wanted=1.88
rustlings_wanted=6.5
mdbook_wanted=0.5
repository=$(dirname "$0")/..

for group in "$@"; do
    case $group in
        chapters | by-hand | workshop | reading) ;;
        *)
            echo "error: not a group: $group" >&2
            echo "usage: scripts/doctor.sh [chapters] [by-hand] [workshop] [reading]" >&2
            exit 2
            ;;
    esac
done
[ $# -gt 0 ] || set -- chapters by-hand workshop reading

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Which system this is.
system=other name=$(uname -s)
case $name in
    Darwin) system=macos name=macOS ;;
    MINGW* | MSYS* | CYGWIN*)
        echo "This is Windows. In PowerShell, run scripts/doctor.ps1; for the parts by hand, run this script within WSL."
        exit 1
        ;;
esac
if [ -r /etc/os-release ]; then
    name=$(. /etc/os-release && echo "$PRETTY_NAME")
    case " $(. /etc/os-release && echo "$ID ${ID_LIKE:-}") " in
        *" debian "* | *" ubuntu "*) system=debian ;;
        *" fedora "*) system=fedora ;;
    esac
fi
sudo="sudo "
[ "$(id -u)" != 0 ] || sudo=
echo "$name"

newline='
'
failed=0 packages='' steps=''
package() { case " $packages " in *" $1 "*) ;; *) packages="$packages $1" ;; esac }
step() { case "$steps$newline" in *"$newline  $1$newline"*) ;; *) steps="$steps$newline  $1" ;; esac }

here() { command -v "$1" > /dev/null 2>&1; }
line() { if [ -n "$3" ]; then printf '  %-10s%-12s%s\n' "$@"; else printf '  %-10s%s\n' "$1" "$2"; fi; }
ok() { line ok "$1" "${2:-}"; }

# lacks STATE NAME [WHAT]: says so, and remembers how to get it.
lacks() {
    line "$1" "$2" "${3:-}"
    [ "$group" = reading ] || failed=1
    case $system:$2 in
        *:rustc | *:cargo)
            if here rustup; then step "rustup update stable && rustup default stable"; else
                step "Rust: see https://rust-lang.org/tools/install/ , then open a new terminal"
            fi
            ;;
        *:rustlings)
            if [ -e "$repository/rustlings/Cargo.toml" ]; then step "cargo install --path rustlings --locked"; else
                step "cargo install rustlings --version 6.5.0 --locked"
            fi
            ;;
        *:mdbook) step "cargo install mdbook --version 0.5.4 --locked      (optional)" ;;
        *:clone) step "clone the repository with git, to a file system of this system's own: on WSL, not below /mnt" ;;
        macos:cc | macos:curl | macos:python3 | macos:xxd) step "xcode-select --install" ;;
        macos:"GNU tar") package gnu-tar ;;
        macos:sha256sum | macos:base64) package coreutils ;;
        debian:cc) package build-essential ;;
        *:cc) package gcc ;;
        *:"GNU tar") package tar ;;
        *:sha256sum | *:base64) package coreutils ;;
        *:unshare) package util-linux ;;
        debian:busybox) package busybox-static ;;
        *:cmp | *:diff) package diffutils ;;
        *:find) package findutils ;;
        *) package "$2" ;;
    esac
}

# version TOOL: what in the first line of `TOOL --version` looks like a version; nothing if it does not run.
version() {
    "$1" --version > "$work/version" 2>&1 < /dev/null || return 0
    for word in $(head -n 1 "$work/version"); do
        word=${word#v}
        word=${word#jq-}
        word=${word%%[!0-9.]*}
        case $word in [0-9]*.[0-9]*)
            echo "$word"
            return
            ;;
        esac
    done
}

# at_least VERSION WANTED: compares the first two numbers.
at_least() {
    found=${1#*.} wanted=${2#*.}
    [ "${1%%.*}" -gt "${2%%.*}" ] || { [ "${1%%.*}" -eq "${2%%.*}" ] && [ "${found%%.*}" -ge "${wanted%%.*}" ]; }
}

# has TOOL WANTED: for what is good if it runs and is new enough.
has() {
    here "$1" || { lacks missing "$1"; return; }
    found_version=$(version "$1")
    if [ -z "$found_version" ]; then
        lacks broken "$1" "it does not run: $(head -n 1 "$work/version")"
    elif ! at_least "$found_version" "$2"; then
        lacks "too old" "$1" "$found_version; $2 or newer is needed"
    else
        ok "$1" "$found_version"
    fi
}

# does TOOL EXPECTED COMMAND: for what is good if the command prints that.
does() {
    here "$1" || { lacks missing "$1"; return; }
    if [ "$(sh -c "$3" 2>&1)" = "$2" ]; then ok "$1" "$(version "$1")"; else lacks broken "$1" "it does not do what it should: $3"; fi
}

# On macOS, what is not installed is there all the same, and opens a window that offers to install it.
only_offered() { [ $system = macos ] && ! xcode-select -p > /dev/null 2>&1; }

check_cc() {
    if only_offered || ! here cc; then lacks missing cc; return; fi
    printf '#include <stdlib.h>\n#include <string.h>\nint main(void) { return (int)strlen(getenv("PATH")); }\n' > "$work/main.c"
    if cc "$work/main.c" -o "$work/main" > "$work/log" 2>&1; then ok cc "it compiles and links"; else
        lacks broken cc "it cannot compile: $(head -n 1 "$work/log")"
    fi
}

check_tar() {
    tar=tar as=''
    if here gtar; then tar=gtar as=', as gtar'; fi
    here $tar || { lacks missing "GNU tar"; return; }
    tar_version=$(version $tar)
    case "$(head -n 1 "$work/version")" in
        *"GNU tar"*) ;;
        *)
            lacks missing "GNU tar" "the tar here is another one"
            return
            ;;
    esac
    # Its name is gtar where tar is another program. The scripts know that; your fingers may not.
    case "$as$(tar --version 2>&1 < /dev/null | head -n 1)" in
        "" | *"GNU tar"*) ;;
        *) as="$as: for the commands that you type, set PATH as book/src/start-here.md says" ;;
    esac
    mkdir -p "$work/tree"
    if $tar --sort=name --format=gnu --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go=u-w -C "$work/tree" \
        -cf "$work/tree.tar" . 2> "$work/log"; then
        ok "GNU tar" "$tar_version$as"
    else
        lacks "too old" "GNU tar" "$tar_version: $(head -n 1 "$work/log")"
    fi
}

check_sha256() {
    hash=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    if ! here sha256sum && here shasum; then
        case $(shasum -a 256 < /dev/null) in $hash*)
            ok shasum "for the scripts; the commands that you type say sha256sum"
            return
            ;;
        esac
    fi
    does sha256sum "$hash  -" 'sha256sum < /dev/null'
}

check_python3() {
    if only_offered; then lacks missing python3; else does python3 ok 'python3 -c "import hashlib, json, socket, zlib; print(\"ok\")"'; fi
}

check_unshare() {
    if [ "$(uname -s)" != Linux ]; then
        line - unshare "Linux only: read what its commands print"
    elif ! here unshare; then
        lacks missing unshare
    elif unshare --map-root-user --mount --pid --fork true 2> "$work/log"; then
        ok unshare "$(version unshare)"
    else
        line forbidden unshare "it may not make namespaces, which chapter 10 does"
        failed=1
        if [ "$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2> /dev/null)" = 1 ]; then
            step "${sudo}sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        elif [ "$(cat /proc/sys/kernel/unprivileged_userns_clone 2> /dev/null)" = 0 ]; then
            step "${sudo}sysctl -w kernel.unprivileged_userns_clone=1"
        else
            step "unshare: run the course outside of the container or chroot that forbids namespaces"
        fi
    fi
}

# A shell for the containers of chapter 10. Their root file system has no libraries.
check_busybox() {
    if [ "$(uname -s)" != Linux ]; then
        line - busybox "Linux only: read what its commands print"
    elif ! here busybox; then
        lacks missing busybox
    elif ldd "$(command -v busybox)" > /dev/null 2>&1; then
        lacks broken busybox "it needs libraries; a static one is needed"
    else
        ok busybox "static"
    fi
}

# A file system without permissions (a drive of Windows, seen from WSL) gives other layers.
check_clone() {
    rootfs=$repository/fixtures/hello/rootfs
    [ -e "$rootfs/hello" ] || return 0
    if [ -x "$rootfs/hello" ] && [ ! -x "$rootfs/etc/motd" ]; then ok clone "its files have their permissions"; else
        lacks broken clone "its files have lost their permissions"
    fi
}

for group in "$@"; do
    case $group in
        chapters)
            echo "chapters"
            has rustc $rust_wanted
            has cargo $rust_wanted
            check_cc
            ;;
        by-hand)
            echo "by hand"
            has bash 4.0
            check_tar
            does gzip hello 'printf hello | gzip -n | gzip -dc'
            has curl 7.0
            does jq '[1]' "printf '{\"a\": [1]}' | jq -c .a"
            check_python3
            check_sha256
            does xxd 68656c6c6f 'printf hello | xxd -p'
            does base64 aGVsbG8= 'printf hello | base64'
            for tool in cmp diff find grep hostname sed; do here $tool || lacks missing $tool; done
            check_unshare
            check_busybox
            check_clone
            ;;
        workshop)
            echo "workshop"
            has rustlings $rustlings_wanted
            ;;
        reading)
            echo "reading (optional)"
            if [ -e "$repository/book/book/index.html" ]; then ok book "open book/book/index.html in a browser"; else
                has mdbook $mdbook_wanted
            fi
            ;;
    esac
done

if [ -n "$packages$steps" ]; then
    echo
    echo "What to do:"
    case $system in
        debian) install="${sudo}apt install" ;;
        fedora) install="${sudo}dnf install" ;;
        macos) install="brew install" ;;
        *) install="with your system's package manager, install what has:" ;;
    esac
    [ -z "$packages" ] || echo "  $install$packages"
    [ -z "$steps" ] || echo "${steps#"$newline"}"
elif [ $failed = 0 ]; then
    echo "Everything is here."
fi
exit $failed
