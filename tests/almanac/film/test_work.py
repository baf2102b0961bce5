"""Tasks side by side."""

from __future__ import annotations

import threading
from operator import call

import pytest

from relay.almanac.film.work import Task, run
from relay.errors import ToolFailed


def test_tasks_run_when_what_they_need_is_there() -> None:
    done: list[str] = []
    tasks = [
        Task("fade", lambda: done.append("fade"), (0, 0), needs=frozenset({"a", "b"})),
        Task("a", lambda: done.append("a"), (3, 0), gives=frozenset({"a"})),
        Task("c", lambda: done.append("c"), (3, 2)),
        Task("b", lambda: done.append("b"), (3, 1), gives=frozenset({"b"})),
    ]
    run(tasks, 1, call, lambda _task: None)
    assert done == ["a", "b", "fade", "c"]


def test_the_first_failure_stops_the_rest() -> None:
    done: list[str] = []

    def fail() -> None:
        raise ToolFailed("no")

    tasks = [Task("bad", fail, (0, 0)), Task("later", lambda: done.append("later"), (1, 0))]
    with pytest.raises(ToolFailed):
        run(tasks, 1, call, lambda _task: None)
    assert done == []


def test_ctrl_c_stops_the_children_at_once() -> None:
    """Without it the program would wait for every running ffmpeg to end by itself."""
    stopped: list[bool] = []
    tasks = [Task("clip", lambda: None)]

    def interrupted(_task: Task) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tasks, 1, call, interrupted, lambda: stopped.append(True))
    assert stopped == [True]


def test_no_more_run_at_once_than_there_are_workers() -> None:
    running: list[int] = []
    most: list[int] = []
    lock, both = threading.Lock(), threading.Barrier(2)

    def work() -> None:
        with lock:
            running.append(1)
            most.append(len(running))
        both.wait(5)
        with lock:
            running.pop()

    run([Task(str(number), work) for number in range(4)], 2, call, lambda _task: None)
    assert max(most) == 2
