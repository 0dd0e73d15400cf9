# For the other scripts to include: digests and descriptors.

# The hash alone. macOS has shasum instead of sha256sum.
sha256() {
    if command -v sha256sum > /dev/null; then
        sha256sum < "$1" | cut -d ' ' -f 1
    else
        shasum -a 256 < "$1" | cut -d ' ' -f 1
    fi
}

# The length in bytes; macOS's wc puts spaces before it.
size() {
    wc -c < "$1" | tr -d ' '
}

# descriptor MEDIA_TYPE FILE: what the file is, its name, and how long it is.
descriptor() {
    printf '{"mediaType":"%s","digest":"sha256:%s","size":%s}' "$1" "$(sha256 "$2")" "$(size "$2")"
}
