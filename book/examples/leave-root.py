"""Tries to leave its root directory: leave-root.py chroot|pivot_root DIRECTORY

It is started as root of a user namespace and, for pivot_root, in a mount
namespace of its own.
"""

import ctypes
import os
import sys

MS_BIND, MNT_DETACH = 4096, 2  # from sys/mount.h
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


how, directory = sys.argv[1:]
machine = os.stat("/")
if how == "chroot":
    os.chroot(directory)
else:
    # The new root must be a mount, so mount it on itself.
    call("mount", directory.encode(), directory.encode(), None, MS_BIND, None)
    os.chdir(directory)
    # After this the old root lies on top of the new one, and after that it is gone.
    call("pivot_root", b".", b".")
    call("umount2", b".", MNT_DETACH)
os.chdir("/")
print("in its root directory:", *sorted(os.listdir("/")))

# The root moves below the directory that we are in, so that we are outside of it.
os.chroot("srv")
# Only a root directory stops the way up, and ours is not on it.
os.chdir("../" * 100)
os.chroot(".")
escaped = os.path.samestat(os.stat("/"), machine)
print("after the trick:", "the machine's own root" if escaped else "still inside")
