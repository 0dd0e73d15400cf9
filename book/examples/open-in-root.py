"""Asks the kernel where a name leads, with a directory as the root of all names: open-in-root.py DIRECTORY NAME"""

import ctypes
import os
import sys

OPENAT2, RESOLVE_IN_ROOT = 437, 0x10  # from asm/unistd.h and linux/openat2.h

root, name = sys.argv[1:]
directory = os.open(root, os.O_PATH)
how = (ctypes.c_uint64 * 3)(os.O_PATH, 0, RESOLVE_IN_ROOT)  # flags, mode, resolve
libc = ctypes.CDLL(None, use_errno=True)
opened = libc.syscall(OPENAT2, directory, name.encode(), how, ctypes.c_size_t(ctypes.sizeof(how)))
if opened < 0:
    sys.exit(f"{name}: {os.strerror(ctypes.get_errno())}")
reached = os.readlink(f"/proc/self/fd/{opened}")
print(name, "leads to", os.path.relpath(reached, os.path.realpath(root)), "in", root)
