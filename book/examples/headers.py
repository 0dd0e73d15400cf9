"""Lists the headers of a tar archive: where each is, its type, size and name, and whether its checksum is right."""
import sys

archive = open(sys.argv[1], "rb").read()
offset = 0
while any(header := archive[offset:offset + 512]):
    name = header[0:100].split(b"\0")[0].decode(errors="replace")
    size = int(header[124:135], 8)
    kind = chr(header[156])
    checksum = int(header[148:154], 8)
    total = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])
    right = "right" if total == checksum else f"wrong, it should be {total:06o}"
    print(f"{offset:6} type {kind} size {size:5} checksum {right}  {name}")
    # The contents follow, in whole blocks.
    offset += 512 + (size + 511) // 512 * 512
print(f"{offset:6} empty up to {len(archive)}")
