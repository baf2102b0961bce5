"""Puts limits on itself and then becomes the program it was asked to start.

Run as a file by relay/media/toolbox.py with `python -I -S confine.py ORDER ARGV…`. ORDER is the marshalled dict
{"limits": {resource name: number}, "parent": pid, "network": bool, "reads": [path], "writes": [path], "nice": number,
"confine": bool} in hexadecimal. What the kernel can't do is left out; `relay doctor` asks `report()` what that is.

It stands before every ffmpeg, so it imports only what is quick to import: json, signal and contextlib together would
take as long as Python's own start (9 ms each time).

Landlock numbers: linux/landlock.h, ABI 1 to 3; system calls 444–446 are the same on all architectures.
"""

from __future__ import annotations

import ctypes
import marshal
import os
import resource
import struct
import sys

SIGKILL = 9
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
LANDLOCK_CREATE, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1}
ALL_NEWER = (1 << 15) - 1
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | (1 << 14)


def main() -> None:
    order = marshal.loads(bytes.fromhex(sys.argv[1]))  # noqa: S302 - from our own parent
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    if os.getppid() != order["parent"]:
        os._exit(137)  # the parent died before we could ask to die with it
    for name, value in order["limits"].items():
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (bound, bound))
    if order["nice"]:
        os.nice(order["nice"])
    if order["confine"]:
        if not order["network"]:
            leave_network(libc)
        restrict_files(libc, order["reads"], order["writes"])
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - becoming another program is what it is for


def leave_network(libc: ctypes.CDLL) -> bool:
    """Into a network of its own, with nothing in it."""
    return bool(libc.unshare(CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)


def landlock_abi(libc: ctypes.CDLL) -> int:
    """0 where the kernel has no Landlock."""
    return max(0, int(libc.syscall(LANDLOCK_CREATE, None, 0, 1)))


def restrict_files(libc: ctypes.CDLL, reads: list[str], writes: list[str]) -> bool:
    """From here on only `reads` can be read or run, and only `writes` written."""
    abi = landlock_abi(libc)
    if not abi:
        return False
    handled = ALL_BY_ABI.get(abi, ALL_NEWER)
    attributes = struct.pack("Q", handled)
    ruleset = libc.syscall(LANDLOCK_CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    for paths, access in ((reads, EXECUTE | READ_FILE | READ_DIR), (writes, handled)):
        for path in paths:
            _allow(libc, ruleset, path, access)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.syscall(LANDLOCK_RESTRICT, ruleset, 0) == 0)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what isn't there needs no permission
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - no pathlib: this file starts before every tool
            access &= ON_FILES
        rule = struct.pack("=Qi", access, handle)
        libc.syscall(LANDLOCK_ADD_RULE, ruleset, 1, rule, 0)
    finally:
        os.close(handle)


def report() -> dict[str, bool]:
    """What this kernel can do, tried in a child of its own (a restriction can't be taken back)."""
    libc = ctypes.CDLL(None, use_errno=True)
    return {"landlock": landlock_abi(libc) > 0, "network": leave_network(libc)}


if __name__ == "__main__":
    if sys.argv[1] == "report":
        sys.stdout.write("\n".join(name for name, can in report().items() if can))
    else:
        main()
