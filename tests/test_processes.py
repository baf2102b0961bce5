from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from relay.processes import is_over, name_of, own_name


@contextmanager
def a_child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives as long as the block."""
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    try:
        yield child
    finally:
        child.communicate()


def test_a_process_is_over_when_it_has_ended() -> None:
    with a_child() as child:
        name = name_of(child.pid)
        assert not is_over(name)
    assert is_over(name)


def test_a_process_that_nobody_has_buried_yet_is_over() -> None:
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    name = name_of(child.pid)
    assert child.stdin is not None
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_over(name)
    child.wait()


def test_a_number_that_was_given_away_again_is_another_process() -> None:
    place, pid, start = own_name().rsplit("-", 2)
    assert not is_over(own_name())
    assert is_over(f"{place}-{pid}-{int(start) - 1}")


def test_nothing_is_known_of_processes_elsewhere() -> None:
    with a_child() as child:
        name = name_of(child.pid)
    place, pid, start = name.rsplit("-", 2)
    host, _, namespace = place.rpartition("~")
    assert not is_over(f"elsewhere~{namespace}-{pid}-{start}")
    assert not is_over(f"{host}~1-{pid}-{start}"), "in another container the same number is somebody else"
    for name in ("", "test", "host-12", "a-b-c", f"{place}-x-1"):
        assert not is_over(name)
