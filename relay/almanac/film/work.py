"""Work that can be done side by side: tasks that need each other's results, and the run through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

Job = TypeVar("Job")
"""What a task is, to whoever does it."""


@dataclass(eq=False)
class Task(Generic[Job]):
    """`needs` and `gives` name what must be there before and what is there after. `rank`: smaller goes first.

    `what`: for people; `frames`: that it adds to the film.
    """

    what: str
    job: Job
    rank: tuple[int, float] = (0, 0.0)
    frames: int = 0
    needs: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()


def run(
    tasks: Sequence[Task[Job]],
    workers: int,
    do: Callable[[Job], None],
    on_done: Callable[[Task[Job]], None],
    stop: Callable[[], None] = lambda: None,
) -> None:
    """Does the tasks side by side, each once what it needs is there.

    After the first failure no task is started; those that run end by themselves and are kept. Only an interrupt from
    outside (Ctrl-C) calls `stop`, because children have a terminal session of their own and would go on.
    """
    waiting = sorted(tasks, key=lambda task: task.rank)
    missing = {name for task in tasks for name in task.gives}
    running: dict[Future[None], Task[Job]] = {}
    with ThreadPoolExecutor(max(1, workers), thread_name_prefix="shot") as pool, _interrupted(stop):
        while waiting or running:
            ready = [task for task in waiting if not task.needs & missing]
            for task in ready[: max(1, workers) - len(running)]:
                waiting.remove(task)
                running[pool.submit(do, task.job)] = task
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                task = running.pop(future)
                future.result()
                missing -= task.gives
                on_done(task)


@contextmanager
def _interrupted(stop: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        stop()
        raise
