"""Names of processes in leases, whether the process behind a name still lives, and how one that is told to end does so.

A name is `host~namespace-pid-start`: the same pid may be another process after a reboot, in another container of the
same host name, or in the same container started again, so the pid's namespace and the start of the process belong to
it. Only processes of one's own host and namespace can be judged; of all others nothing but the lease's end is known.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

PROC = Path("/proc")
_START = 19
"""Place of `starttime` behind the program's name in /proc/PID/stat (proc(5), field 22)."""


class Ending:
    """For SIGTERM, as `kill`, systemd and a machine that shuts down send it: the program ends as by Ctrl-C, so that its
    children end with it and its folders are tidied up. Once only: a second one would cut the tidying up short.
    """

    came = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        if not self.came:
            self.came = True
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def awaited(self) -> Iterator[None]:
        """Listens meanwhile. In the main thread only; others hear no signals."""
        before = signal.signal(signal.SIGTERM, self)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)


def own_name() -> str:
    return name_of(os.getpid())


def name_of(pid: int) -> str:
    """The name of a process of this machine that lives now."""
    return f"{_place()}-{pid}-{_state_and_start(pid)[1]}"


def is_over(name: str) -> bool:
    """Whether this was a process of this machine that has ended, so that its lease need not run out."""
    parts = name.rsplit("-", 2)
    if len(parts) < 3 or parts[0] != _place() or not parts[1].isdigit():
        return False
    pid, start = parts[1:]
    state, started = _state_and_start(int(pid))
    if state:
        return started != start or state in ("Z", "X")
    return not answers(int(pid))


def _place() -> str:
    try:
        namespace = (PROC / "self/ns/pid").stat().st_ino
    except OSError:
        namespace = 0
    return f"{socket.gethostname()}~{namespace}"


def _state_and_start(pid: int) -> tuple[str, str]:
    """Empty and "0" where the system does not tell, as for a process that is no more."""
    try:
        words = (PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return "", "0"
    return words[0], words[_START]


def answers(pid: int) -> bool:
    """Whether there is a process of this number on this machine, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def bench(root: Path) -> Iterator[Path]:
    """A folder of its own under `root` to work in, gone afterwards; if the process is killed, it is `abandoned`.

    A lock tells that somebody is at it. It ends with the process that holds it, whatever number that has: a container
    that starts again gives the same one.
    """
    root.mkdir(parents=True, exist_ok=True)
    folder = root / secrets.token_hex(8)
    lock = lock_of(folder)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        folder.mkdir(mode=0o700)  # after its lock: nobody ever sees it without
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.unlink(missing_ok=True)
        os.close(handle)


def lock_of(folder: Path) -> Path:
    """Beside the bench, so that what works in it has nothing to do with it."""
    return folder.with_name(f"{folder.name}.held")


def is_held(folder: Path) -> bool:
    """Whether the process that works in this `bench` lives."""
    try:
        handle = os.open(lock_of(folder), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def abandoned(root: Path) -> list[Path]:
    """Benches under `root` whose processes are gone; without a lock, as an older Relay made them, once they are old.

    Locks whose benches have been removed go, too.
    """
    found = []
    for folder in root.glob("*/"):
        with contextlib.suppress(FileNotFoundError):
            if not is_held(folder) and (lock_of(folder).exists() or _is_old(folder)):
                found.append(folder)
    for lock in root.glob(lock_of(Path("*")).name):
        with contextlib.suppress(FileNotFoundError):
            if not lock.with_suffix("").exists() and _is_old(lock):
                lock.unlink()
    return found


def sweep(root: Path) -> None:
    """Removes what was abandoned under `root`."""
    for folder in abandoned(root):
        clear(folder)


def clear(folder: Path) -> None:
    """Removes a bench that was abandoned."""
    shutil.rmtree(folder, ignore_errors=True)
    lock_of(folder).unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > JUST_MADE


JUST_MADE = 60.0
"""Seconds within which a folder without a lock, or a lock without a folder, may become a bench."""


def booted_at() -> float:
    """When this machine started, in seconds of the wall clock; 0 where the system does not tell. What was written
    before and never synced may be missing or torn.
    """
    since = getattr(time, "CLOCK_BOOTTIME", None)  # of Linux: it goes on while the machine sleeps
    return 0.0 if since is None else time.time() - time.clock_gettime(since)
