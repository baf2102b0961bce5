"""A part of the walk that `scripts/faults` takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.chain import Walk
from tests.test_kill import filmed, opened

pytestmark = [pytest.mark.media, pytest.mark.slow]
KILLS, SEED = 15, 14


def test_killed_from_the_crawl_to_the_restored_backup_nothing_is_lost_doubled_or_left(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "walk").mkdir()
    with opened(filmed(tmp_path / "videos"), tmp_path / "walk") as world:
        walk = Walk(world.place, KILLS, SEED)
        assert walk.run() == []
        assert sum(walk.killed.values()) >= KILLS * 2 // 3, walk.killed
