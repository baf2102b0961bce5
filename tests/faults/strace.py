"""A process whose system calls are written down, or fail one at a time: strace, on the real thing."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WRITES = ("write", "pwrite64", "writev", "pwritev", "sendfile", "copy_file_range", "ftruncate", "fallocate")
SYNCS = ("fsync", "fdatasync")
NAMES = ("openat", "mkdir", "rename", "renameat", "unlink", "unlinkat", "rmdir")
ALL = (*WRITES, *SYNCS, *NAMES, "lseek")
LONGEST = 1 << 22
"""Bytes of one write that are written down."""

_LINE = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<words>.*)\) += (?P<result>-?\d+)(?P<rest>.*)", re.DOTALL)
_BEGUN = re.compile(r"(?P<pid>\d+) +(?P<text>.*) <unfinished \.\.\.>$", re.DOTALL)
_ENDED = re.compile(r"(?P<pid>\d+) +<\.\.\. \w+ resumed>(?P<text>.*)$", re.DOTALL)
_FD = re.compile(r"(?P<fd>\d+|AT_FDCWD)<(?P<path>[^>]*)>")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that came back: `number` counts the calls of this name in its process, from 1.

    `paths`: files that it names, by descriptor or by text, in order; `descriptor`: the first one, -1 without; `text`:
    the first text in it as bytes, which is what a write writes; `numbers`: its arguments that are numbers.
    """

    name: str
    number: int
    pid: int
    paths: tuple[str, ...]
    descriptor: int
    text: bytes
    numbers: tuple[int, ...]
    flags: str
    result: int


@cache
def why_not() -> str:
    """Why system calls can't be traced here; empty where they can."""
    if not shutil.which("strace"):
        return "no strace (apt-get install strace)"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.strip()}"


def traced(words: Sequence[str], *, root: Path) -> tuple[int, list[Call]]:
    """Runs Python with `words` from `root`; its exit code, and all calls that change files, in order."""
    with tempfile.NamedTemporaryFile("r", encoding="latin-1") as out:
        code = _run(
            ["--seccomp-bpf", "-y", "-s", str(LONGEST), "-e", f"trace={','.join(ALL)}", "-o", out.name], words, root
        )
        return code, list(parsed(out.read().splitlines()))


def injected(words: Sequence[str], name: str, number: int, what: str, *, root: Path) -> int:
    """Runs Python with `words`; its call `name` of that `number` meets `what`: `error=ENOSPC`, `signal=KILL`. Without
    strace's quicker way (--seccomp-bpf), in which version 6.1 sends no signal.
    """
    rule = f"inject={name}:{what}:when={number}"
    return _run(["-e", f"trace={name}", "-e", rule, "-o", "/dev/null"], words, root)


def _run(options: Sequence[str], words: Sequence[str], root: Path) -> int:
    argv = ["strace", "-f", *options, sys.executable, "-B", *words]
    return subprocess.run(argv, cwd=root, capture_output=True, timeout=300, check=False).returncode


def parsed(lines: Sequence[str]) -> Iterator[Call]:
    begun: dict[str, str] = {}
    count: dict[tuple[str, str], int] = {}
    for line in lines:
        if found := _BEGUN.match(line):
            begun[found["pid"]] = found["text"]
            continue
        ended = _ENDED.match(line)
        whole = f"{ended['pid']} {begun.pop(ended['pid'], '')}{ended['text']}" if ended else line
        if (found := _LINE.match(whole)) is None:
            continue
        key = (found["pid"], found["name"])
        count[key] = count.get(key, 0) + 1
        yield _call(found, count[key])


def _call(found: re.Match[str], number: int) -> Call:
    texts = [ast.literal_eval(f"b{text}") for text in _TEXT.findall(found["words"])]
    bare = _TEXT.sub('""', found["words"])
    open_ones = list(_FD.finditer(bare))
    paths = [each["path"] for each in open_ones]
    if found["name"] in NAMES:
        folder = paths[0] if paths else "/"
        paths = [str(Path(folder, text.decode())) for text in texts]
    numbers = tuple(int(each) for each in re.findall(r"(?:^|, )(\d+)(?=,|$)", _FD.sub("fd", bare)))
    first = open_ones[0]["fd"] if open_ones else "AT_FDCWD"
    return Call(
        name=found["name"],
        number=number,
        pid=int(found["pid"]),
        paths=tuple(paths),
        descriptor=int(first) if first.isdecimal() else -1,
        text=texts[0] if texts else b"",
        numbers=numbers,
        flags=bare,
        result=int(found["result"]),
    )
