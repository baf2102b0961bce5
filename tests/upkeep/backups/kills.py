"""Processes that are killed at each step that touches the disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ALIVE = 10**9


class KilledError(BaseException):
    """As if the process had been killed: nothing that catches errors catches it."""


STEPS = ("os.fsync", "pathlib.Path.replace", "pathlib.Path.unlink", "os.open")


def breaks(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`set_to(n)`: the n-th step that touches the disk, and all that would tidy up after it, does not happen."""
    count, limit = [0], [ALIVE]

    def counting(original: Callable[..., object]) -> Callable[..., object]:
        def step(*words: object, **more: object) -> object:
            count[0] += 1
            if count[0] >= limit[0]:
                raise KilledError
            return original(*words, **more)

        return step

    for name in STEPS:
        module, _, attribute = name.rpartition(".")
        owner = Path if module == "pathlib.Path" else os
        monkeypatch.setattr(owner, attribute, counting(getattr(owner, attribute)))

    def set_to(number: int) -> None:
        count[0], limit[0] = 0, number

    return set_to


def kills(
    killed_at: Callable[[int], None],
    work: Callable[[], object],
    after: Callable[[], None],
    most: int,
    *,
    stride: int = 1,
) -> int:
    """Runs the work again and again, each time `stride` steps further; returns the last step at which it was killed."""
    for step in range(1, most, stride):
        killed_at(step)
        try:
            work()
        except KilledError:
            killed_at(ALIVE)
            after()
            continue
        killed_at(ALIVE)
        return step - stride
    raise AssertionError(f"not done after {most} steps")
