"""The only place that starts processes.

Whatever decodes or downloads foreign bytes runs here: a list argv, no shell, an environment of our own
making, limits on memory, CPU time, wall time, file size and open files, its own process group, death together
with its parent, and, for what needs no network, no network at all. The walls around a child, best first:

bwrap       bubblewrap: its own mounts, processes, network (where it is installed and works)
landlock    the kernel refuses every file but those named, and the network is unshared (no package needed)
limits      resource limits only

`relay doctor` tells which of them is in use. Limits and reasons: reference figures in docs/security.md.
"""

from __future__ import annotations

import contextlib
import errno
import marshal
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import IO

from relay.errors import DiskFull, Interrupted, ToolFailed, ToolMissing
from relay.media import carried

KEPT_STDERR = 1 << 20
GRACE_SECONDS = 2.0
NEEDED_OF_ETC = (
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "ssl", "pki", "ca-certificates"),
    *("resolv.conf", "hosts", "host.conf", "gai.conf", "nsswitch.conf", "services", "protocols", "mime.types"),
)
"""Linking, certificates and names. No accounts, no keys, nothing of the machine's own settings."""
NEEDED_OF_PROC = ("self", "cpuinfo", "meminfo", "stat", "filesystems", "sys/vm/overcommit_memory")
"""Its own process and what allocators and decoders ask for; never another's, whose environment may hold a token."""
SYSTEM_READS = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    *(f"/etc/{name}" for name in NEEDED_OF_ETC),
    "/dev",
    *(f"/proc/{name}" for name in NEEDED_OF_PROC),
    "/sys/devices/system",
    "/sys/fs/cgroup",
)
NO_SPACE = ("No space left on device", "ENOSPC", "Errno 28")


@dataclass(frozen=True, slots=True)
class Limits:
    """Megabytes, seconds, counts. `memory_mb` bounds the address space, which is larger than what is resident."""

    memory_mb: int = 4096
    cpu_seconds: int = 600
    wall_seconds: float = 900.0
    file_mb: int = 4096
    open_files: int = 256


@dataclass(frozen=True, slots=True)
class Done:
    """`seconds`: wall time. `stderr`: at most its first megabyte."""

    stdout: str
    stderr: str
    returncode: int
    seconds: float


class Toolbox:
    """`walls`: force a rung (`bwrap`, `landlock`, `limits`); empty takes the best that works here."""

    def __init__(self, *, ffmpeg: str = "", walls: str = "") -> None:
        self._ffmpeg = ffmpeg
        self._forced = walls
        self._children: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closing = False

    @cached_property
    def ffmpeg(self) -> str:
        """The ffmpeg that imageio-ffmpeg carries (or RELAY's own choice in tests). Raises ToolMissing."""
        path = self._ffmpeg or carried.ffmpeg()
        if not path:
            raise ToolMissing("ffmpeg is missing.", hint="Run: pip install imageio-ffmpeg")
        if not Path(path).is_file():
            raise ToolMissing(
                "ffmpeg is missing: there is no {path}.", hint="Run: pip install imageio-ffmpeg", path=path
            )
        return path

    @cached_property
    def ffmpeg_version(self) -> str:
        """First line of `ffmpeg -version`: part of every shot's key."""
        return self.run([self.ffmpeg, "-version"], folder=Path("/")).stdout.splitlines()[0]

    @cached_property
    def walls(self) -> str:
        """Which rung is in use: `bwrap`, `landlock` or `limits`."""
        if self._forced:
            return self._forced
        if _bwrap_works():
            return "bwrap"
        can = (_plain([sys.executable, "-I", "-S", _CONFINE, "report"]) or "").split()
        return "landlock" if "landlock" in can else "limits"

    def run(
        self,
        argv: Sequence[str],
        *,
        folder: Path,
        reads: Sequence[Path] = (),
        limits: Limits = Limits(),
        network: bool = False,
        env: Mapping[str, str] | None = None,
        feed: Iterable[bytes] | None = None,
        on_line: Callable[[str], None] | None = None,
        check: bool = True,
        nice: int = 0,
    ) -> Done:
        """Runs `argv` to its end in `folder`, the one place where it may write; `reads` it may read.

        `on_line` is told each line of stdout as it comes (then `Done.stdout` is empty). `feed` is written to stdin.
        With `check` an exit code other than 0 raises ToolFailed. Raises DiskFull, Interrupted, ToolMissing.
        """
        command = self._walled(argv, folder, reads, limits, network=network, nice=nice)
        started = time.monotonic()
        with self._child(command, folder, {**_ENVIRONMENT, **(env or {})}, feeding=feed is not None) as child:
            stderr, lines = _Collected(child.stderr), _Lines(child.stdout, on_line, partial(_end, child))
            feeder = _Feeder(child.stdin, feed) if feed is not None else None
            late = _wait(child, limits.wall_seconds)
            for thread in (stderr, lines, feeder):
                if thread is not None:
                    thread.join()
        done = Done(lines.text, stderr.text, child.returncode, time.monotonic() - started)
        if self._closing and child.returncode != 0:
            raise Interrupted(
                "{name} was stopped.", hint="The work goes on at the next start.", name=Path(argv[0]).name
            )
        for thread in (lines, feeder):
            if thread is not None and thread.error is not None:
                raise thread.error
        _judge(argv, done, late=late, check=check, limits=limits)
        return done

    def python(self, module: str, *words: str) -> list[str]:
        """The argv of one of our own child programs, e.g. `relay.media.children.probe`."""
        return [
            sys.executable,
            "-I",
            "-c",
            f"{_FIND_RELAY}; import {module} as m; m.main()",
            *words,
        ]

    def close(self) -> None:
        """Stops every child now; whoever waits for one gets Interrupted."""
        with self._lock:
            self._closing = True
            children = list(self._children)
        for child in children:
            _end(child)

    def _walled(
        self,
        argv: Sequence[str],
        folder: Path,
        reads: Sequence[Path],
        limits: Limits,
        *,
        network: bool,
        nice: int,
    ) -> list[str]:
        program = shutil.which(argv[0]) or argv[0]
        readable = [
            *_OWN_READS,
            str(Path(program).resolve().parent),
            *(str(path.absolute()) for path in reads),
        ]
        walls = self.walls
        inner = [program, *argv[1:]]
        if walls == "bwrap":
            inner = _bwrap(inner, folder.absolute(), readable, network=network)
        order = {
            "limits": {
                "RLIMIT_AS": limits.memory_mb << 20,
                "RLIMIT_CPU": limits.cpu_seconds,
                "RLIMIT_FSIZE": limits.file_mb << 20,
                "RLIMIT_NOFILE": limits.open_files,
                "RLIMIT_CORE": 0,
            },
            "parent": os.getpid(),
            "network": network,
            "reads": [*SYSTEM_READS, *readable, str(folder.absolute())],
            "writes": [str(folder.absolute()), "/dev/null"],
            "nice": nice,
            "confine": walls == "landlock",
        }
        return [sys.executable, "-I", "-S", _CONFINE, marshal.dumps(order).hex(), *inner]

    @contextlib.contextmanager
    def _child(
        self, command: list[str], folder: Path, env: dict[str, str], *, feeding: bool
    ) -> Iterator[subprocess.Popen[bytes]]:
        if self._closing:
            raise Interrupted("The program is stopping.", hint="The work goes on at the next start.")
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE if feeding else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with self._lock:
            self._children.add(child)
            too_late = self._closing
        try:
            if too_late:  # `close` may have looked before it was there
                _end(child)
            yield child
        finally:
            _end(child)
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            with self._lock:
                self._children.discard(child)


_CONFINE = str(Path(__file__).with_name("children") / "confine.py")
_PACKAGE = Path(__file__).resolve().parents[1]
# The package is named by its file: the walls let a child read the package, but not list the folder that it lies in,
# which in a checkout may be the one with the database.
_FIND_RELAY = (
    "import sys, importlib.util as u; "
    f"s = u.spec_from_file_location('relay', {str(_PACKAGE / '__init__.py')!r}, "
    f"submodule_search_locations=[{str(_PACKAGE)!r}]); "
    "sys.modules['relay'] = p = u.module_from_spec(s); s.loader.exec_module(p)"
)
_OWN_READS = sorted({sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parents[1]), str(_PACKAGE)})
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "TZ": "UTC",
}


class _Collected(threading.Thread):
    """Reads a pipe to its end and keeps the first megabyte."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        assert pipe is not None
        self._pipe, self._kept = pipe, bytearray()
        self.start()

    def run(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            while block := self._pipe.read(65536):
                self._kept += block[: KEPT_STDERR - len(self._kept)]

    @property
    def text(self) -> str:
        return self._kept.decode("utf-8", "replace")


class _Lines(threading.Thread):
    """Hands each line of a pipe to `on_line`, or keeps them all. When `on_line` raises, nobody wants more: `stop`."""

    def __init__(self, pipe: IO[bytes] | None, on_line: Callable[[str], None] | None, stop: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        assert pipe is not None
        self._pipe, self._on_line, self._stop_child, self._kept = pipe, on_line, stop, bytearray()
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in self._pipe:
                if self._on_line is None:
                    self._kept += line
                elif self.error is None:
                    try:
                        self._on_line(line.decode("utf-8", "replace").rstrip("\n"))
                    except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
                        self.error = error
                        self._stop_child()

    @property
    def text(self) -> str:
        return self._kept.decode("utf-8", "replace")


class _Feeder(threading.Thread):
    """Writes chunks to a child's stdin; a child that stops reading ends it without fuss."""

    def __init__(self, pipe: IO[bytes] | None, chunks: Iterable[bytes]) -> None:
        super().__init__(daemon=True)
        assert pipe is not None
        self._pipe, self._chunks = pipe, chunks
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            for chunk in self._chunks:
                self._pipe.write(chunk)
            self._pipe.close()
        except (BrokenPipeError, ValueError):
            pass
        except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
            self.error = error
            with contextlib.suppress(OSError):
                self._pipe.close()


def _wait(child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether the time ran out. What the child has started and left behind ends with it: it would hold on to the pipes,
    and go on for ever.
    """
    late = not _doze(child.pid, seconds)
    _end(child)
    return late


def _doze(pid: int, seconds: float) -> bool:
    """Until a child has ended, at the most; whether it has. `Popen.wait` alone looks every 50 ms, and a film has a
    hundred children. The child is not taken off the list of processes: until then its group's number is nobody else's.
    """
    deadline = time.monotonic() + seconds
    while not _has_ended(pid):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        try:
            handle = os.pidfd_open(pid)
        except (AttributeError, OSError):  # no Linux, one before 5.3, or one that won't have it
            time.sleep(min(left, 0.05))
            continue
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            poll.poll(min(left, 86_400) * 1000)  # milliseconds in 32 bits
        finally:
            os.close(handle)
    return True


def _has_ended(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # somebody has waited for it
        return True


def _end(child: subprocess.Popen[bytes]) -> None:
    """Asks the whole group to end, then makes it, also when the child itself has ended already."""
    if child.returncode is not None:
        return
    for name in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, name)
        _doze(child.pid, GRACE_SECONDS)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_SECONDS)


def _judge(argv: Sequence[str], done: Done, *, late: bool, check: bool, limits: Limits) -> None:
    name = Path(argv[0]).name
    if done.returncode != 0 and any(sign in done.stderr for sign in NO_SPACE):
        raise DiskFull("The disk is full.", hint="Free some space and run it again; nothing was lost.")
    if late:
        raise ToolFailed(
            "{name} took longer than {wall_seconds:.0f} s.",
            returncode=done.returncode,
            name=name,
            wall_seconds=limits.wall_seconds,
        )
    if check and done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise ToolFailed(
            "{name} failed ({code}): {last}",
            returncode=done.returncode,
            stderr=done.stderr,
            name=name,
            code=done.returncode,
            last=last[0],
        )


_BOUND = [path for path in SYSTEM_READS if not path.startswith(("/dev", "/proc", "/sys"))]


def _bwrap(argv: list[str], folder: Path, reads: Sequence[str], *, network: bool) -> list[str]:
    binds = [word for path in dict.fromkeys([*_BOUND, *reads]) for word in ("--ro-bind-try", path, path)]
    return [
        shutil.which("bwrap") or "bwrap",
        "--unshare-all",
        *(["--share-net"] if network else []),
        "--die-with-parent",
        "--new-session",
        *("--tmpfs", "/tmp"),  # noqa: S108 - a private one inside the sandbox
        *binds,
        *("--dev", "/dev", "--proc", "/proc"),
        *(("--bind", str(folder), str(folder)) if folder != Path("/") else ()),
        *("--chdir", str(folder)),
        "--",
        *argv,
    ]


def _bwrap_works() -> bool:
    if shutil.which("bwrap") is None:
        return False
    return _plain(_bwrap(["/usr/bin/env", "true"], Path("/"), [], network=False)) is not None


def _plain(argv: list[str]) -> str | None:
    """stdout of one of our own trial commands, None when it fails."""
    try:
        done = subprocess.run(argv, capture_output=True, timeout=20, check=False, env=_ENVIRONMENT)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def disk_full(error: OSError) -> bool:
    """Whether an OSError says that there is no room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
