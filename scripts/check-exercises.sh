#!/bin/bash
# Checks the exercises of the workshop: each compiles and fails by its own test, and each solution passes, without a
# warning and in time. Needs rustlings 6.5. (cargo test -p book-keeper checks their headers, hints and pages.)
#
#   scripts/check-exercises.sh
set -euo pipefail
cd "$(dirname "$0")/../chapters/exercises"
version=$(rustlings --version 2> /dev/null || echo none)
if [[ ! $version =~ ^rustlings\ 6\.[5-9] ]]; then
    echo "error: rustlings 6.5 is needed: found: $version" >&2
    echo "help: cargo install rustlings --version 6.5.0 --locked" >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0
good() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "failed: $1"; sed 's/^/    /' "$work/log"; }

# The list of programs in Cargo.toml, and that nothing starts out solved: rustlings' own check.
if timeout 600 rustlings dev check --require-solutions > "$work/log" 2>&1; then good; else bad "rustlings dev check"; fi
if cargo clippy --quiet --all-targets -- -D warnings > "$work/log" 2>&1; then good; else bad "clippy"; fi
if cargo test --quiet --no-run > "$work/log" 2>&1; then good; else bad "an exercise does not compile"; fi

for file in exercises/*.rs; do
    name=$(basename "$file" .rs)
    # A minute is long for any of them; nothing may hang.
    code=0
    timeout 60 cargo test --quiet --bin "$name" > "$work/log" 2>&1 || code=$?
    # 101 is cargo's code for a test that fails; the place must be in this exercise, and in no other.
    if [ $code = 101 ] && grep -q '^test result: FAILED' "$work/log" && grep -q "panicked at exercises/$name.rs" "$work/log"; then
        good
    else
        bad "$name: the stub must fail by its test (it ended with $code)"
    fi
    if timeout 60 cargo test --quiet --bin "${name}_sol" > "$work/log" 2>&1; then good; else bad "$name: its solution"; fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
