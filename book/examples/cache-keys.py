"""Prints a key for each step of a Dockerfile: cache-keys.py DOCKERFILE CONTEXT

A model of a build cache. The key of a step is made of the key before it, the
step's own text and, for a COPY, the contents of the files that it copies.
A step whose key was seen before need not run.
"""

import hashlib
import pathlib
import sys


def files(path):
    found = [path] if path.is_file() else path.rglob("*")
    return sorted(file for file in found if file.is_file())


dockerfile, context = map(pathlib.Path, sys.argv[1:])
key = ""
for step in dockerfile.read_text().replace("\\\n", " ").splitlines():
    hash = hashlib.sha256(f"{key} {step}".encode())
    instruction, *arguments = step.split()
    if instruction == "COPY":
        for source in arguments[:-1]:
            for file in files(context / source):
                hash.update(str(file.relative_to(context)).encode())
                hash.update(file.read_bytes())
    key = hash.hexdigest()
    print(key[:8], step)
