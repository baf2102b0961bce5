from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError, Lock

import numpy as np
import pytest
from PIL import Image

from relay.almanac.stills import kept
from relay.context import Relay
from relay.errors import Overloaded

GREY = np.full((9, 16, 3), 120, np.uint8)


def test_a_still_is_drawn_once_and_named_by_what_shapes_it(relay: Relay):
    drawn: list[str] = []

    def draw(name: str) -> np.ndarray:
        drawn.append(name)
        return GREY

    first = kept.still(relay, ["a", 1], lambda: draw("a"))
    assert kept.still(relay, ["a", 1], lambda: draw("again")) == first
    assert kept.still(relay, ["a", 2], lambda: draw("b")) != first
    assert drawn == ["a", "b"]
    with Image.open(first) as image:
        assert (image.format, image.size) == ("JPEG", (16, 9))


@pytest.mark.slow
def test_no_more_than_two_are_drawn_at_a_time_and_who_waits_too_long_is_told(relay: Relay, monkeypatch):
    monkeypatch.setattr(kept, "PATIENCE", 0.05)
    busy, most, lock = [0], [0], Lock()
    meeting = Barrier(3, timeout=0.5)

    def draw() -> np.ndarray:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        try:
            meeting.wait()  # would only be passed by three at once
        except BrokenBarrierError:
            pass
        finally:
            with lock:
                busy[0] -= 1
        return GREY

    def ask(number: int) -> str:
        try:
            kept.still(relay, [number], draw)
        except Overloaded as error:
            return error.sentence
        return "drawn"

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(ask, range(4)))
    assert most == [2]
    assert sorted(told) == ["Many pictures are being drawn just now.", "Many pictures are being drawn just now.",
                            "drawn", "drawn"]  # fmt: skip


@pytest.mark.slow
def test_who_fails_to_draw_takes_nobodys_place(relay: Relay):
    def fail() -> np.ndarray:
        raise ZeroDivisionError

    for _ in range(kept.AT_ONCE + 1):
        with pytest.raises(ZeroDivisionError):
            kept.still(relay, ["x"], fail)
    assert kept.still(relay, ["x"], lambda: GREY).is_file()


def test_the_oldest_stills_go(relay: Relay, monkeypatch):
    monkeypatch.setattr(kept, "MOST_KEPT", 4)
    monkeypatch.setattr(kept, "SWEPT", 3)
    paths = [kept.still(relay, [number], lambda: GREY) for number in range(4)]
    for number, path in enumerate(paths):
        os.utime(path, (number, number))
    kept.still(relay, [0], lambda: GREY)  # it is looked at, so it is a young one again
    last = kept.still(relay, [9], lambda: GREY)
    assert [path.exists() for path in (*paths, last)] == [True, False, False, False, True]
