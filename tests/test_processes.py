from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from relay.processes import abandoned, bench, is_held, is_over, lock_of, name_of, own_name


@contextmanager
def a_child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives as long as the block."""
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    try:
        yield child
    finally:
        child.communicate()


def a_child_that_has_ended() -> str:
    """Its name, as it was while it lived."""
    with a_child() as child:
        return name_of(child.pid)


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


@pytest.mark.slow
def test_nothing_is_known_of_processes_elsewhere() -> None:
    with a_child() as child:
        name = name_of(child.pid)
    place, pid, start = name.rsplit("-", 2)
    host, _, namespace = place.rpartition("~")
    assert not is_over(f"elsewhere~{namespace}-{pid}-{start}")
    assert not is_over(f"{host}~1-{pid}-{start}"), "in another container the same number is somebody else"
    for name in ("", "test", "host-12", "a-b-c", f"{place}-x-1"):
        assert not is_over(name)


def test_a_name_tells_host_number_and_start() -> None:
    host, _, rest = own_name().partition("~")
    namespace, pid, start = rest.rsplit("-", 2)
    assert (host, int(pid)) == (socket.gethostname(), os.getpid())
    assert namespace.isdigit()
    if Path("/proc/uptime").exists():
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        assert 0 < int(start) / os.sysconf("SC_CLK_TCK") <= uptime


def test_where_the_system_tells_little_a_process_is_over_when_it_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.processes.PROC", tmp_path)
    assert own_name() == f"{socket.gethostname()}~0-{os.getpid()}-0"
    with a_child() as child:
        name = name_of(child.pid)
        assert not is_over(name)
    assert is_over(name)


def test_a_process_of_somebody_else_answers_by_refusing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr("relay.processes.PROC", tmp_path)
    monkeypatch.setattr(os, "kill", refuses)
    assert not is_over(own_name())


@pytest.mark.parametrize(("state", "over"), [("S", False), ("R", False), ("Z", True), ("X", True)])
def test_the_state_tells_who_waits_to_be_buried(
    state: str, over: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.processes.PROC", tmp_path)
    (tmp_path / "4711").mkdir()
    numbers = " ".join(str(number) for number in range(4, 53))  # proc(5): the 22nd word is the start
    (tmp_path / "4711/stat").write_text(f"4711 (a name) with) {state} {numbers}\n")
    name = name_of(4711)
    assert name.endswith("~0-4711-22")
    assert is_over(name) is over
    assert is_over(f"{name}1")


def test_a_bench_is_held_as_long_as_somebody_is_at_it(tmp_path: Path) -> None:
    with bench(tmp_path) as folder:
        assert is_held(folder)
        assert abandoned(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_bench_whose_process_was_killed_is_abandoned_though_its_number_lives(tmp_path: Path) -> None:
    """A container that starts again gives its program the number that the killed one had."""
    words = f"from relay.processes import bench; from pathlib import Path; b = bench(Path({str(tmp_path)!r}))"
    script = f"{words}; print(b.__enter__().name, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        folder = tmp_path / child.stdout.readline().decode().strip()
        assert is_held(folder)
        child.kill()
    assert not is_held(folder)
    assert abandoned(tmp_path) == [folder]


def test_what_is_just_being_made_a_bench_is_not_taken_for_abandoned(tmp_path: Path) -> None:
    """Twin: once it is old, it is."""
    for name in ("new", "123-of-an-older-relay"):
        (tmp_path / name).mkdir()
    assert abandoned(tmp_path) == []
    lock = lock_of(tmp_path / "gone")
    lock.touch()
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    assert set(abandoned(tmp_path)) == {tmp_path / "new", tmp_path / "123-of-an-older-relay"}
    assert not lock.exists()


def test_twin_without_the_lock_a_bench_in_use_is_taken_for_abandoned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.processes.fcntl.flock", lambda *_: None)
    with bench(tmp_path) as folder:
        monkeypatch.undo()
        assert abandoned(tmp_path) == [folder]
