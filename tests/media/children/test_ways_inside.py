"""Hundreds of ways into a private network, of which each arrives without the guard, and none with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest

pytestmark = pytest.mark.slow

CASES = 150
SPECIAL = {"sendto", "connect", "create_connection", "wire"}
"""Ways in by which every range of the registries was tried."""


def walked(how: str) -> dict[str, str]:
    argv = [sys.executable, "-m", "tests.media.children.ways_inside", how]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, str] = json.loads(done.stdout)
    return said


def arrived(said: dict[str, str]) -> set[str]:
    return {name for name, why in said.items() if not why}


def test_of_all_ways_that_lead_inside_without_the_guard_none_does_with_it() -> None:
    without, guarded = walked("open"), walked("guarded")

    assert without.keys() == guarded.keys()
    assert len(arrived(without)) >= CASES
    assert int(without["visits"]) > CASES
    by_way = Counter(name.partition(":")[0] for name in arrived(without))
    assert min(by_way.values()) > 12, by_way
    assert all(by_way[way] > 120 for way in SPECIAL), by_way

    assert arrived(guarded) == set()
    assert guarded["visits"] == "0"
