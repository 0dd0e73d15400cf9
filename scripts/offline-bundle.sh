#!/bin/bash
# Makes one archive of all that a room without a network needs: the repository as committed, every crate that it, its
# exercises and rustlings are built from, rustlings itself, and the book as web pages. Whoever unpacks it needs Rust and
# a C compiler, and no network. Making it needs git, cargo, mdbook 0.5 and the network.
#
#   scripts/offline-bundle.sh [OUT.tar.gz]      # without it: out/hard-way-offline.tar.gz
set -euo pipefail
export LC_ALL=C.UTF-8
out=${1:-$(dirname "$0")/../out/hard-way-offline.tar.gz}
mkdir -p "$(dirname "$out")"
out=$(cd "$(dirname "$out")" && pwd)/$(basename "$out")
cd "$(dirname "$0")/.."
commit=$(git log -1 --format='%h of %cs')
rustlings_version=6.5.0

# On macOS, GNU's tar is called gtar.
tar=$(command -v gtar || command -v tar)
for tool in git cargo mdbook; do
    command -v "$tool" > /dev/null || { echo "error: $tool is not on this machine" >&2; exit 1; }
done

work=$(mktemp -d)
# The archive is begun beside its place: it appears whole, by rename.
unfinished=$(mktemp "$out.XXXXXX")
trap 'rm -rf "$work" "$unfinished"' EXIT
bundle=$work/hard-way
mkdir -p "$bundle"

# What is committed, and nothing else.
git -c tar.umask=0022 archive HEAD > "$work/repository.tar"
"$tar" -xf "$work/repository.tar" -C "$bundle"

# The book, as files to open in a browser. Building it runs a program of the repository.
CARGO_TARGET_DIR=$work/target mdbook build "$bundle/book" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }

# rustlings is a program, not a library: cargo vendors its source as if it were one.
mkdir -p "$work/empty/src"
touch "$work/empty/src/lib.rs"
printf '[package]\nname = "empty"\nedition = "2024"\n[dependencies]\nrustlings = "=%s"\n' $rustlings_version \
    > "$work/empty/Cargo.toml"
(cd "$work/empty" && cargo vendor --quiet "$work/crates" > /dev/null 2> "$work/log") || { cat "$work/log" >&2; exit 1; }
cp -R "$work/crates/rustlings" "$bundle/rustlings"
# It is no member of the workspace that it lies in.
printf '\n[workspace]\n' >> "$bundle/rustlings/Cargo.toml"

# The crates of all of them, in one directory. The exercises may come without a lock: then they get the chapters' versions.
cd "$bundle"
locked=(Cargo.lock rustlings/Cargo.lock)
also=(--sync "$bundle/rustlings/Cargo.toml")
if [ -e chapters/exercises/Cargo.toml ]; then
    if [ -e chapters/exercises/Cargo.lock ]; then locked+=(chapters/exercises/Cargo.lock); else cp Cargo.lock chapters/exercises/; fi
    also+=(--sync "$bundle/chapters/exercises/Cargo.toml")
fi
mkdir "$work/before"
for lock in "${locked[@]}"; do cp "$lock" "$work/before/${lock//\//-}"; done
mkdir -p .cargo
# What it prints is the configuration that makes cargo use them.
cargo vendor "${also[@]}" vendor >> .cargo/config.toml 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
printf '\n[net]\noffline = true\n' >> .cargo/config.toml
for lock in "${locked[@]}"; do
    cmp "$lock" "$work/before/${lock//\//-}" || { echo "error: $lock is not up to date" >&2; exit 1; }
done

cat > README-OFFLINE.md << END
# Building Containers the Hard Way, in Rust: without a network

This directory holds commit $commit of the repository, and all that it is built from. You need
Rust 1.88 or newer with a C compiler, and no network. \`.cargo/config.toml\` tells cargo to take every crate from \`vendor/\`
and to ask nobody; it holds for this directory and those below it.

\`\`\`sh
cargo run -p ch06-push                      # the whole way, from a directory to an image in a registry
cargo test                                  # proves all of it
cargo install --path rustlings --locked     # rustlings $rustlings_version, for the workshop
\`\`\`

The book is in \`book/book\`: open \`book/book/index.html\` in a browser. What it says of a clone holds here, except that there is
no history. \`scripts/doctor.sh\`, on Windows \`scripts/doctor.ps1\`, says which tools are missing on your machine.
END

"$tar" --owner=0 --group=0 --numeric-owner -czf "$unfinished" -C "$work" hard-way
chmod 644 "$unfinished"
mv "$unfinished" "$out"
echo "$out: $(du -m "$out" | cut -f 1) MB, unpacked $(du -sm "$bundle" | cut -f 1) MB"
