"""What was missed, as the real collector tells it of small towns whose truth is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.collect.ledger.collected import collect

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [1, 3])
def test_the_truth_lies_within_the_bounds_on_walls_and_on_personal_pages(seed: int, tmp_path: Path) -> None:
    told = collect(seed, tmp_path)
    for where in ("walls", "elsewhere"):
        assert told[where]["told"]
        assert told[where]["truth"] > 0
        assert told[where]["holds"]
