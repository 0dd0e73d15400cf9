# For the other scripts to include: Debian's docker-registry, on a free port of this machine.

# start_registry DIRECTORY: sets $address, and $registry to the process. Its files are in DIRECTORY/data.
start_registry() {
    mkdir -p "$1"
    printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:0"}\n' "$1/data" > "$1/config.yml"
    : > "$1/log"
    docker-registry serve "$1/config.yml" >> "$1/log" 2>&1 &
    registry=$!
    until address=$(grep -o 'listening on [0-9.:]*' "$1/log" | sed 's/listening on //') && [ -n "$address" ]; do
        kill -0 "$registry" || { cat "$1/log" >&2; exit 1; }
        sleep 0.1
    done
}
