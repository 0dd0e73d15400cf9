#!/bin/bash
# Runs the official conformance suite against the practice registry, with everything enabled that the suite can test.
#
#   scripts/conformance.sh SUITE_BINARY [OPTIONS OF practice-registry]
#
# SUITE_BINARY is what `go build` makes in the folder `conformance` of the repository opencontainers/distribution-spec.
# Fails if a single test fails, or if fewer than 750 pass: a suite that skips everything fails nothing either.
set -euo pipefail

suite=$(realpath "${1:?usage: scripts/conformance.sh SUITE_BINARY}")
shift
cd "$(dirname "$0")/.."
cargo build --quiet --release -p practice-registry
target=${CARGO_TARGET_DIR:-target}

work=$(mktemp -d)
"$target/release/practice-registry" --root "$work/registry" "$@" > "$work/out" &
registry=$!
trap 'kill $registry; rm -rf "$work"' EXIT
until grep -q listening "$work/out"; do sleep 0.1; done

export OCI_REGISTRY OCI_TLS=disabled OCI_VERSION=1.1 OCI_RESULTS_DIR="$work/results"
OCI_REGISTRY=$(sed 's|.*http://\(.*\)/v2/.*|\1|' "$work/out")
export OCI_API_BLOBS_UPLOAD_CANCEL=true OCI_API_BLOBS_DIGEST_HEADER=true
export OCI_API_MANIFESTS_DIGEST_HEADER=true OCI_API_MANIFESTS_TAG_PARAM=true
(cd "$work" && "$suite" > log 2>&1) || true

# One line a test, indented by its depth: the name and what became of it.
passed=$(grep -c '^ *OCI Conformance Test.*: Pass$' "$work/log" || true)
failed=$(grep -c '^ *OCI Conformance Test.*: FAIL$' "$work/log" || true)
grep -A1 '^ *OCI Conformance Test.*: FAIL$' "$work/log" || true
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -ge 750 ]
