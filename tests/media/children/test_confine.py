"""What the wall asks of the kernel, asked of one that only takes notes: landlock.h, prctl.h and sched.h by number."""

from __future__ import annotations

import contextlib
import ctypes
import marshal
import os
import resource
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from relay.media.children import confine

NEW_NETWORK, NEW_USER_AND_NETWORK = 0x40000000, 0x50000000
EXECUTE, WRITE, READ, LIST, TRUNCATE = 1, 2, 4, 8, 1 << 14
FIRST, SECOND, THIRD = (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1


@dataclass
class Kernel:
    """Notes what it is asked. `abi`: of its Landlock; `shares`: which kinds of `unshare` it grants."""

    abi: int = 4
    ruleset: int = 77
    restricts: bool = True
    shares: tuple[int, ...] = (NEW_NETWORK,)
    did: list[tuple[Any, ...]] = field(default_factory=list)
    rules: dict[str, int] = field(default_factory=dict)
    handles: list[int] = field(default_factory=list)

    def prctl(self, *words: int) -> int:
        self.did.append(("prctl", *words))
        return 0

    def unshare(self, flags: int) -> int:
        self.did.append(("unshare", flags))
        return 0 if flags in self.shares else -1

    def syscall(self, number: int, *words: Any) -> int:
        match number, words:
            case 444, (None, 0, 1):
                return self.abi
            case 444, (attributes, size, 0):
                self.did.append(("ruleset", *struct.unpack("Q", attributes), size))
                return self.ruleset
            case 445, (self.ruleset, 1, rule, 0):
                access, handle = struct.unpack("=Qi", rule)
                self.rules[Path(f"/proc/self/fd/{handle}").readlink().as_posix()] = access
                self.handles.append(handle)
                return 0
            case 446, (self.ruleset, 0):
                self.did.append(("restrict",))
                return 0 if self.restricts else -1
        raise AssertionError((number, words))


@pytest.mark.parametrize(("abi", "all_of_it"), [(1, FIRST), (2, SECOND), (3, THIRD), (6, THIRD)])
def test_only_what_was_named_can_be_read_and_only_the_folder_written(tmp_path: Path, abi: int, all_of_it: int) -> None:
    kernel, path = Kernel(abi), tmp_path / "film.mp4"
    path.touch()
    own = tmp_path / "own"
    own.mkdir()
    reads, writes = [str(tmp_path), str(path), str(tmp_path / "none")], [str(own), "/dev/null"]
    assert confine.restrict_files(kernel, reads, writes) is True  # type: ignore[arg-type]
    assert kernel.rules == {
        str(tmp_path): EXECUTE | READ | LIST,
        str(path): EXECUTE | READ,
        str(own): all_of_it,
        "/dev/null": EXECUTE | READ | WRITE | (TRUNCATE & all_of_it),
    }
    assert kernel.did == [("ruleset", all_of_it, 8), ("prctl", 38, 1, 0, 0, 0), ("restrict",)]
    for handle in set(kernel.handles):
        with pytest.raises(OSError):
            os.fstat(handle)


@pytest.mark.parametrize(
    ("kernel", "did"),
    [
        (Kernel(0), []),
        (Kernel(-1), []),
        (Kernel(1, ruleset=-1), [("ruleset", FIRST, 8)]),
        (Kernel(2, restricts=False), [("ruleset", SECOND, 8), ("prctl", 38, 1, 0, 0, 0), ("restrict",)]),
    ],
)
def test_a_kernel_that_can_not_says_so(tmp_path: Path, kernel: Kernel, did: list[tuple[Any, ...]]) -> None:
    assert confine.restrict_files(kernel, [str(tmp_path)], []) is False  # type: ignore[arg-type]
    assert kernel.did == did


def test_a_first_ruleset_may_have_the_number_zero(tmp_path: Path) -> None:
    kernel = Kernel(1, ruleset=0)
    assert confine.restrict_files(kernel, [str(tmp_path)], [])  # type: ignore[arg-type]
    assert kernel.rules == {str(tmp_path): EXECUTE | READ | LIST}


@pytest.mark.parametrize(
    ("shares", "left", "asked"),
    [
        ((NEW_NETWORK,), True, [NEW_NETWORK]),
        ((NEW_USER_AND_NETWORK,), True, [NEW_NETWORK, NEW_USER_AND_NETWORK]),
        ((), False, [NEW_NETWORK, NEW_USER_AND_NETWORK]),
    ],
)
def test_the_network_is_left_as_a_nobody_where_it_has_to_be(
    monkeypatch: pytest.MonkeyPatch, shares: tuple[int, ...], asked: list[int], *, left: bool
) -> None:
    kernel = Kernel(shares=shares)
    assert confine.leave_network(kernel) is left  # type: ignore[arg-type]
    assert kernel.did == [("unshare", flags) for flags in asked]
    kernel.abi = 1 if left else 0
    monkeypatch.setattr(ctypes, "CDLL", lambda _name, *, use_errno: kernel)
    assert confine.report() == {"landlock": left, "network": left}


class Ended(BaseException):
    """The process would be another one, or none, from here on."""


def become(monkeypatch: pytest.MonkeyPatch, kernel: Kernel, **change: Any) -> list[tuple[Any, ...]]:
    """What `main` does with such an order, with a hard limit of 400 open files."""
    order = {
        "limits": {"RLIMIT_CPU": 60, "RLIMIT_NOFILE": 500, "RLIMIT_CORE": 0},
        "parent": os.getppid(),
        "network": False,
        "reads": ["/usr"],
        "writes": ["/dev/null"],
        "nice": 0,
        "confine": True,
    }
    did = kernel.did

    def ends(what: str) -> Any:
        def end(*words: Any) -> None:
            did.append((what, *words))
            raise Ended

        return end

    monkeypatch.setattr(ctypes, "CDLL", lambda _name, *, use_errno: kernel)
    monkeypatch.setattr(os, "execv", ends("execv"))
    monkeypatch.setattr(os, "_exit", ends("exit"))
    monkeypatch.setattr(os, "nice", lambda by: did.append(("nice", by)))
    monkeypatch.setattr(resource, "setrlimit", lambda number, bounds: did.append(("limit", number, bounds)))
    hard = {resource.RLIMIT_NOFILE: (100, 400)}
    monkeypatch.setattr(resource, "getrlimit", lambda number: hard.get(number, (7, resource.RLIM_INFINITY)))
    monkeypatch.setattr(sys, "argv", ["confine.py", marshal.dumps(order | change).hex(), "/usr/bin/true", "-v"])
    with contextlib.suppress(Ended):
        confine.main()
    return did


DIES_WITH_ITS_PARENT = ("prctl", 1, 9, 0, 0, 0)
NO_NEW_RIGHTS = ("prctl", 38, 1, 0, 0, 0)
BOUNDED = [
    ("limit", resource.RLIMIT_CPU, (60, 60)),
    ("limit", resource.RLIMIT_NOFILE, (400, 400)),
    ("limit", resource.RLIMIT_CORE, (0, 0)),
]
STARTED = ("execv", "/usr/bin/true", ["/usr/bin/true", "-v"])


def test_a_program_is_bounded_and_walled_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel()
    assert become(monkeypatch, kernel) == [
        DIES_WITH_ITS_PARENT,
        *BOUNDED,
        ("unshare", NEW_NETWORK),
        ("ruleset", THIRD, 8),
        NO_NEW_RIGHTS,
        ("restrict",),
        NO_NEW_RIGHTS,
        STARTED,
    ]
    assert kernel.rules["/usr"] == EXECUTE | READ | LIST
    assert kernel.rules["/dev/null"] == EXECUTE | READ | WRITE | TRUNCATE


def test_the_network_stays_for_who_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    did = become(monkeypatch, Kernel(), network=True, nice=5)
    walls = [("ruleset", THIRD, 8), NO_NEW_RIGHTS, ("restrict",)]
    assert did == [DIES_WITH_ITS_PARENT, *BOUNDED, ("nice", 5), *walls, NO_NEW_RIGHTS, STARTED]


def test_behind_other_walls_there_are_only_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert become(monkeypatch, Kernel(), confine=False) == [DIES_WITH_ITS_PARENT, *BOUNDED, NO_NEW_RIGHTS, STARTED]


def test_an_orphan_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert become(monkeypatch, Kernel(), parent=os.getppid() + 1) == [DIES_WITH_ITS_PARENT, ("exit", 137)]
