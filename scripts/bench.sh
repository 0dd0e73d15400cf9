#!/bin/bash
# Measures speed and memory, as ratios against other tools in the same run. Needs GNU tar, gzip, GNU time, python3, and
# for the push docker-registry, buildah and hyperfine; for the run runc, crun, jq and root.
#
#   scripts/bench.sh [layer | memory | push | pull | unpack | run | build]...
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/start-registry.sh
unset SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
target=${CARGO_TARGET_DIR:-target}

# best COMMAND...: sets $best to the shortest of five runs of each command, in milliseconds. They take turns, so that what
# else the machine does is the same for all.
best() {
    best=()
    for _ in 1 2 3 4 5; do
        for i in $(seq $#); do
            start=${EPOCHREALTIME/./}
            ${!i} > /dev/null 2>&1
            took=$(((${EPOCHREALTIME/./} - start) / 1000))
            ((${best[i]:-0} > 0 && took >= best[i])) || best[i]=$took
        done
    done
}
need() {
    for tool; do command -v "$tool" > /dev/null || { echo "error: $tool is not on this machine" >&2; exit 1; }; done
}
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }

# 10,000 files of 30 KB each: text with a fifth of noise, which compresses about as well as a root file system does.
make_tree() {
    python3 - "$1" << 'PYTHON'
import os, random, sys
numbers = random.Random(1)
words = [bytes(numbers.choices(b"abcdefghijklmnopqrstuvwxyz", k=numbers.randint(2, 10))) + b" " for _ in range(4000)]
for directory in range(100):
    path = f"{sys.argv[1]}/{directory:02}"
    os.makedirs(path)
    for file in range(100):
        parts = []
        for _ in range(600):
            parts.append(numbers.randbytes(10))
            parts.append(numbers.choice(words) * 3)
            parts.extend(numbers.choices(words, k=3))
        with open(f"{path}/{file:02}", "wb") as out:
            out.write(b"".join(parts)[:30000].ljust(30000, b"."))
PYTHON
}

by_hand() { scripts/02-make-layer.sh "$1" "$work/by-hand"; }
ours() { "$target/release/ch02-make-layer" "$1" -o "$work/ours"; }
kib() { /usr/bin/time -f %M "$@" 2>&1 > /dev/null | tail -1; }

layer() {
    need python3 /usr/bin/time
    cargo build --quiet --release -p ch02-make-layer -p ch04-write-config
    make_tree "$work/tree"
    best "by_hand $work/tree" "ours $work/tree" "$target/release/ch04-write-config $work/tree -o $work/ours"
    a=${best[1]} b=${best[2]} c=${best[3]}
    cmp "$work/by-hand/layer.tar" "$work/ours/layer.tar"
    echo "layer of 300 MB in 10,000 files: tar and gzip $a ms, ch02 $b ms: ratio $(ratio "$b" "$a")"
    echo "the same with both digests: ch04 $c ms: ratio $(ratio "$c" "$a") of tar and gzip, $(ratio "$c" "$b") of ch02"
    echo "peak memory of ch02: $(kib "$target/release/ch02-make-layer" "$work/tree" -o "$work/ours") KiB"
}

memory() {
    need /usr/bin/time
    cargo build --quiet --release -p ch02-make-layer -p ch06-push -p ch08-pull -p practice-registry
    mkdir "$work/large"
    head -c 3G /dev/urandom > "$work/large/file"
    echo "peak memory of ch02 for 3 GiB: $(kib "$target/release/ch02-make-layer" "$work/large" -o "$work/ours") KiB"
    : > "$work/address"
    "$target/release/practice-registry" --root "$work/registry" > "$work/address" 2> "$work/errors" &
    registry=$!
    until grep -q listening "$work/address"; do sleep 0.1; done
    address=$(sed 's|.*http://\(.*\)/v2/.*|\1|' "$work/address")
    push=$(kib "$target/release/ch06-push" "$address/large:1" --rootfs "$work/large" --entrypoint /file -o "$work/ours")
    echo "peak memory of ch06 pushing 3 GiB: $push KiB"
    echo "peak memory of ch08 pulling 3 GiB: $(kib "$target/release/ch08-pull" "$address/large:1" -o "$work/pulled") KiB"
    echo "peak memory of the practice registry: $(awk '/VmHWM/ { print $2 }' "/proc/$registry/status") KiB"
}

push() {
    need buildah docker-registry hyperfine
    cargo build --quiet --release -p ch06-push
    start_registry "$work/docker-registry"
    storage="--storage-driver vfs --root $work/storage --runroot $work/run"
    printf 'FROM scratch\nCOPY . /\nENTRYPOINT ["/hello"]\n' > "$work/Dockerfile"
    {
        echo "buildah $storage bud --quiet --no-cache -f $work/Dockerfile -t $address/buildah fixtures/hello/rootfs"
        echo "buildah $storage push --quiet --tls-verify=false $address/buildah"
    } > "$work/buildah.sh"
    # An empty registry each time, so that nothing is there already.
    mean() {
        hyperfine -N --warmup 3 --runs 20 --prepare "rm -rf $work/docker-registry/data" --export-json "$work/times" "$1" > /dev/null 2>&1
        awk -F '[:,]' '/"mean"/ { printf "%.0f", $2 * 1000 }' "$work/times"
    }
    a=$(mean "sh -e $work/buildah.sh") b=$(mean "$target/release/ch06-push $address/ours -o $work/out")
    echo "hello image made and pushed to docker-registry: buildah bud and push $a ms, ch06 $b ms: ratio $(ratio "$b" "$a")"
}

# 300 MB in three layers, from docker-registry on loopback to an image layout.
pull() {
    need buildah docker-registry skopeo /usr/bin/time
    cargo build --quiet --release -p ch08-pull
    start_registry "$work/docker-registry"
    storage="--storage-driver vfs --root $work/storage --runroot $work/run"
    mkdir "$work/layers"
    for layer in a b c; do head -c 100M /dev/urandom > "$work/layers/$layer"; done
    printf 'FROM scratch\nCOPY a /a\nCOPY b /b\nCOPY c /c\n' > "$work/Dockerfile"
    # shellcheck disable=SC2086
    buildah $storage build --quiet --layers --file "$work/Dockerfile" --tag "$address/large:1" "$work/layers" > /dev/null
    # shellcheck disable=SC2086
    buildah $storage push --quiet --tls-verify=false "$address/large:1"
    by_skopeo() { rm -rf "$work/theirs" && skopeo copy --quiet --src-tls-verify=false "docker://$address/large:1" "oci:$work/theirs:1"; }
    by_ours() { rm -rf "$work/pulled" && "$target/release/ch08-pull" "$address/large:1" -o "$work/pulled"; }
    best by_skopeo by_ours
    a=${best[1]} b=${best[2]}
    diff -r "$work/theirs/blobs" "$work/pulled/oci/blobs"
    echo "image of 300 MB pulled from docker-registry: skopeo copy $a ms, ch08 $b ms: ratio $(ratio "$b" "$a")"
    rm -rf "$work/pulled"
    echo "peak memory of ch08: $(kib "$target/release/ch08-pull" "$address/large:1" -o "$work/pulled") KiB"
}

unpack() {
    need python3 umoci /usr/bin/time
    cargo build --quiet --release -p ch09-unpack
    [ -d "$work/tree" ] || make_tree "$work/tree"
    tar -C "$work/tree" -cf "$work/tree.tar" .
    umoci init --layout "$work/oci"
    umoci new --image "$work/oci:latest"
    umoci raw add-layer --image "$work/oci:latest" "$work/tree.tar" > /dev/null
    umoci_raw() { rm -rf "$work/raw"; umoci raw unpack --image "$work/oci:latest" "$work/raw"; }
    umoci_bundle() { rm -rf "$work/bundle"; umoci unpack --image "$work/oci:latest" "$work/bundle"; }
    by_us() { rm -rf "$work/rootfs"; "$target/release/ch09-unpack" "$work/oci" -o "$work/rootfs"; }
    best umoci_raw umoci_bundle by_us
    a=${best[1]} b=${best[2]} c=${best[3]}
    echo "300 MB in 10,000 files unpacked: umoci raw unpack $a ms, umoci unpack $b ms, ch09 $c ms:" \
        "ratio $(ratio "$c" "$a") of the first, $(ratio "$c" "$b") of the second"
    rm -rf "$work/rootfs"
    echo "peak memory of ch09: $(kib "$target/release/ch09-unpack" "$work/oci" -o "$work/rootfs") KiB"
}

# From the start of the hello container to its end. runc and crun get the same files and namespaces; a machine that has
# version 1 of cgroups with a part of version 2 is nothing for crun, so that part is unmounted for all three.
run() {
    need crun hyperfine jq runc
    cargo build --quiet --release -p ch10-run
    bundle=$work/hello-bundle
    mkdir "$bundle"
    cp -R fixtures/hello/rootfs "$bundle/rootfs"
    (cd "$bundle" && runc spec)
    jq '.process.terminal = false | .process.args = ["/hello"] | .root.readonly = false' "$bundle/config.json" > "$work/config"
    mv "$work/config" "$bundle/config.json"
    ours="$target/release/ch10-run -o $work/run-out fixtures/hello/reference/oci"
    $ours > /dev/null 2>&1
    # shellcheck disable=SC2016
    unshare --mount sh -c 'umount /sys/fs/cgroup/unified 2> /dev/null; exec "$@"' sh \
        hyperfine -N --warmup 10 --runs 100 --export-json "$work/times" "crun run --bundle $bundle a" \
        "runc run --bundle $bundle b" "$ours" > /dev/null 2>&1
    read -r a b c <<< "$(jq -r '[.results[].median * 10000 | round / 10] | @tsv' "$work/times")"
    echo "hello container from start to end: crun $a ms, runc $b ms, ch10 $c ms: ratio $(ratio "$c" "$a") of crun, $(ratio "$c" "$b") of runc"
}

# What a newcomer waits for, with the crates downloaded already.
build() {
    cargo fetch --quiet
    for chapter in ch01-list-files ch02-make-layer ch06-push ch10-run; do
        start=${EPOCHREALTIME/./}
        CARGO_TARGET_DIR=$work/$chapter cargo run --quiet -p "$chapter" $([ $chapter = ch01-list-files ] || echo -- -o "$work/out") > /dev/null 2>&1
        crates=$(cargo tree -p "$chapter" -e normal,build --prefix none --no-dedupe | awk '{ print $1 }' | sort -u | wc -l)
        echo "first cargo run -p $chapter: $(((${EPOCHREALTIME/./} - start) / 1000)) ms, $crates crates"
    done
}

[ $# -gt 0 ] || set -- layer memory push pull unpack run build
for part in "$@"; do "$part"; done
