#!/bin/bash
# Checks the images and the push with the tools that people use: docker-registry, skopeo, umoci, runc, buildah, podman.
# All of them are packages of Debian; the rest is htpasswd (apache2-utils), jq, curl and openssl. Needs root, for runc.
#
#   scripts/check-with-real-tools.sh
set -euo pipefail
cd "$(dirname "$0")/.."
unset SOURCE_DATE_EPOCH
reference=$PWD/fixtures/hello/reference
hello='Hello from an image built the hard way!'

for tool in docker-registry skopeo umoci runc buildah podman htpasswd jq curl openssl; do
    command -v "$tool" > /dev/null || { echo "error: $tool is not on this machine" >&2; exit 1; }
done

cargo build --quiet --package ch05-write-manifest --package ch06-push --package ch07-log-in --package practice-registry
bin=${CARGO_TARGET_DIR:-target}/debug

work=$(mktemp -d)
pids=()
clean_up() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
    wait
    rm -rf "$work"
}
trap clean_up EXIT

passed=0
ok() { echo "ok: $*"; passed=$((passed + 1)); }
same() { # what, expected, found
    if [ "$2" != "$3" ]; then
        printf 'error: %s\nexpected: %s\nfound:    %s\n' "$@" >&2
        exit 1
    fi
    ok "$1"
}

# start_registry NAME [TLS]: a docker-registry with htpasswd; sets $address.
start_registry() {
    mkdir -p "$work/$1"
    {
        printf 'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: %s/data\n' "$work/$1"
        printf 'auth:\n  htpasswd:\n    realm: check\n    path: %s/htpasswd\n' "$work"
        printf 'http:\n  addr: 127.0.0.1:0\n'
        [ $# -eq 1 ] || printf '  tls:\n    certificate: %s/tls.pem\n    key: %s/tls.key\n' "$work" "$work"
    } > "$work/$1/config.yml"
    # It would take REGISTRY_AUTH_FILE, which is for skopeo and buildah, as a part of its configuration.
    env -u REGISTRY_AUTH_FILE docker-registry serve "$work/$1/config.yml" > "$work/$1/log" 2>&1 &
    pids+=($!)
    until address=$(grep -o 'listening on [0-9.:]*' "$work/$1/log" | sed 's/listening on //') && [ -n "$address" ]; do
        kill -0 "${pids[-1]}" || { cat "$work/$1/log" >&2; exit 1; }
        sleep 0.1
    done
}

htpasswd -Bbn me secret > "$work/htpasswd" 2> /dev/null
start_registry plain
auth=$(printf me:secret | base64)
export DOCKER_CONFIG=$work/docker
mkdir "$DOCKER_CONFIG"
printf '{"auths":{"%s":{"auth":"%s"}}}' "$address" "$auth" > "$DOCKER_CONFIG/config.json"
export REGISTRY_AUTH_FILE=$DOCKER_CONFIG/config.json

# ---- Push: by chapter 7, by hand, and not without a password.
digest=sha256:$(sha256sum < "$reference/manifest.json" | cut -d ' ' -f 1)
pushed=$("$bin/ch07-log-in" "$address/hello:1.0" -o "$work/out" | tail -1)
same "ch07-log-in pushes to docker-registry" "$address/hello@$digest" "$pushed"
pushed=$(REGISTRY_USER=me REGISTRY_PASSWORD=secret scripts/07-log-in.sh "$address" by-hand:1.0 | tail -1)
same "07-log-in.sh pushes to docker-registry" "$address/by-hand@$digest" "$pushed"
mounted=$("$bin/ch07-log-in" "$address/mounted:1.0" -o "$work/out" --mount-from hello | grep -c 'mounted from hello')
same "docker-registry mounts both blobs" 2 "$mounted"
refused=$("$bin/ch06-push" "$address/other:1.0" -o "$work/out" 2>&1 > /dev/null | tail -1) || true
same "ch06-push is refused and names chapter 7" "help: chapter 7 logs in: cargo run -p ch07-log-in -- $address/other:1.0" "$refused"

# ---- skopeo finds the same image, and copies it byte for byte.
inspected=$(skopeo inspect --tls-verify=false --format '{{.Digest}} {{.Architecture}}' "docker://$address/hello:1.0")
same "skopeo inspects it" "$digest amd64" "$inspected"
skopeo copy --quiet --src-tls-verify=false --preserve-digests "docker://$address/hello:1.0" "oci:$work/copy:latest"
diff -r "$work/copy/blobs" "$reference/oci/blobs"
ok "skopeo copies the same blobs"
"$bin/ch07-log-in" "$address/hello:docker" -o "$work/docker-out" --format docker > /dev/null
same "the Docker format's blobs are the same" "$(sha256sum < "$work/docker-out/layer.tar.gz")" "$(sha256sum < "$reference/layer.tar.gz")"
media_type=$(skopeo inspect --tls-verify=false --raw "docker://$address/hello:docker" | jq -r .mediaType)
same "skopeo reads the Docker format" application/vnd.docker.distribution.manifest.v2+json "$media_type"

# ---- umoci unpacks the image layout, and runc runs what is in it.
umoci unpack --image "$reference/oci:latest" "$work/bundle" > /dev/null
diff -r "$work/bundle/rootfs" fixtures/hello/rootfs
ok "umoci unpacks the files"
entrypoint=$(jq -c .process.args "$work/bundle/config.json")
same "umoci finds the entrypoint" '["/hello"]' "$entrypoint"
jq '.process.terminal = false' "$work/bundle/config.json" > "$work/config" && mv "$work/config" "$work/bundle/config.json"
said=$(runc --root "$work/runc" run --bundle "$work/bundle" "hello-$$" < /dev/null)
same "runc runs the hello program" "$hello" "$said"

# ---- buildah pulls it, podman loads the archive.
storage=(--storage-driver vfs --root "$work/storage" --runroot "$work/run")
id=$(buildah "${storage[@]}" pull --quiet --tls-verify=false "docker://$address/hello:1.0")
config=$(sha256sum < "$reference/config.json" | cut -d ' ' -f 1)
same "buildah pulls it" "$config" "$id"
podman "${storage[@]}" load --quiet --input "$reference/image.tar" > /dev/null
loaded=$(podman "${storage[@]}" image inspect --format '{{.Id}} {{.Config.Entrypoint}}' hello:latest)
same "podman loads image.tar" "$config [/hello]" "$loaded"

# ---- The other way round: skopeo pushes to the practice registry, with a token, and reads it back.
"$bin/practice-registry" --root "$work/practice" --auth token:me:secret > "$work/practice.out" 2> /dev/null &
pids+=($!)
until grep -q listening "$work/practice.out"; do sleep 0.1; done
practice=$(sed 's|.*http://\(.*\)/v2/.*|\1|' "$work/practice.out")
skopeo copy --quiet --dest-tls-verify=false --dest-creds me:secret --preserve-digests \
    "oci:$reference/oci:latest" "docker://$practice/from/skopeo:1"
inspected=$(skopeo inspect --tls-verify=false --creds me:secret --format '{{.Digest}}' "docker://$practice/from/skopeo:1")
same "skopeo pushes to the practice registry" "$digest" "$inspected"

# ---- HTTPS. 0.0.0.0 is this machine and no loopback address, so it is spoken to over HTTPS.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=check -keyout "$work/tls.key" \
    -out "$work/tls.pem" -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:0.0.0.0 2> /dev/null
start_registry secure tls
secure=0.0.0.0:${address##*:}
printf '{"auths":{"%s":{"auth":"%s"}}}' "$secure" "$auth" > "$DOCKER_CONFIG/config.json"
pushed=$(SSL_CERT_FILE=$work/tls.pem "$bin/ch07-log-in" "$secure/hello:1.0" -o "$work/out" | tail -1)
same "ch07-log-in pushes over HTTPS" "$secure/hello@$digest" "$pushed"
refused=$(SSL_CERT_FILE=/dev/null "$bin/ch07-log-in" "$secure/hello:1.0" -o "$work/out" 2>&1 > /dev/null | tail -1) || true
same "ch07-log-in trusts no unknown certificate" \
    "help: add the certificate of its authority to the system's, or name its file in SSL_CERT_FILE" "$refused"

echo "$passed passed, 0 failed"
