#!/bin/sh
# Makes fixtures/hello/reference by hand, with the scripts of chapters 2 to 5. With --check it makes everything in a
# temporary directory instead, and compares.
#
#   scripts/reference.sh [--check]
set -eu
cd "$(dirname "$0")/.."
unset SOURCE_DATE_EPOCH
reference=fixtures/hello/reference

make_reference() {
    scripts/02-make-layer.sh fixtures/hello/rootfs "$1"
    scripts/03-digest.sh "$1" > "$1/digests.txt"
    scripts/04-write-config.sh "$1"
    scripts/05-write-manifest.sh "$1"
}

if [ "${1:-}" != --check ]; then
    scripts/hello-program.sh > fixtures/hello/rootfs/hello
    chmod 755 fixtures/hello/rootfs/hello
    rm -rf "$reference"
    make_reference "$reference"
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scripts/hello-program.sh > "$work/hello"
cmp "$work/hello" fixtures/hello/rootfs/hello
make_reference "$work/reference"
diff -r "$work/reference" "$reference"
echo "fixtures/hello/reference is what the scripts make"
