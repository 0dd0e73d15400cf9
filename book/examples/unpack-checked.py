"""Unpacks layers and checks every name, and yet it can be led outside: unpack-checked.py DIRECTORY LAYER.TAR..."""

import os
import sys
import tarfile

root, *layers = sys.argv[1:]
os.makedirs(root)
for layer in layers:
    for entry in (archive := tarfile.open(layer)):
        path = os.path.normpath(os.path.join(root, entry.name))
        if not path.startswith(root + "/"):
            sys.exit(f"refused: {entry.name} would be {path}")
        if entry.issym():
            os.symlink(entry.linkname, path)
        elif entry.isdir():
            os.makedirs(path, exist_ok=True)
        else:
            with open(path, "wb") as file:
                file.write(archive.extractfile(entry).read())
        print(f"{path} begins with {root}/")
