"""Processes of a cluster are killed while they work; `scripts/bench chaos` kills many more of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import postgres
from tests.engine import chaos

pytest.importorskip("distributed", reason="extra: cluster")
pytest.importorskip("obstore", reason="extra: s3")
pytestmark = [
    pytest.mark.media,
    pytest.mark.slow,
    pytest.mark.skipif(not postgres.is_there(), reason="there is no PostgreSQL here"),
    pytest.mark.skipif("TOWN_CLIPS" not in os.environ, reason="asked for by TOWN_CLIPS=8: nothing may run beside it"),
]
CLIPS, KILLS, SEED = 8, 2, 80


def test_whoever_is_killed_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    with chaos.fleet(tmp_path, CLIPS) as town:
        hit = chaos.kill_all_the_time(town, KILLS, SEED)
        assert hit.total() == len(chaos.Kill) * KILLS
        chaos.comes_to_an_end(town)
        assert town.seen_shots() == chaos.shots_of_one_machine(town)
        assert town.left_over() == []
