"""A small simulated relay (10 walls, 3 days) in the suite; `scripts/simulate` makes the whole month.

Each guard has a twin: with it switched off, posts are missed, and the town's own notes tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from relay.errors import SourceError
from relay.ports import Page
from relay.sources.vk import Fault, VkSource
from relay.sources.vk_errors import Kind
from relay.sources.vk_shelf import Shelf
from tests.collect.simulation import SMALL, Figures, Job, Simulation, most_within

pytestmark = [pytest.mark.slow, pytest.mark.simulation]

TINY = replace(SMALL, walls=4, days=2, posts=1_000, tagged=500, deleted=0.5, codes=(), faults=0.0)


def _run(job: Job, folder: Path, **more: Any) -> Figures:
    return Simulation(job, folder, **more).run()


def test_nothing_is_missed_and_nothing_doubled(tmp_path: Path) -> None:
    figures = _run(SMALL, tmp_path)
    assert figures.due_to_be_found > 0.9 * SMALL.tagged
    assert (figures.missed, figures.doubled, figures.frozen) == (0, 0, True)
    assert set(figures.refusals.values()) == {0}, "a limit was exceeded"
    assert figures.most_requests_in_a_second <= 3
    assert figures.most_calls_in_24h["wall.get"] <= 5000
    assert {"timeout", "reset", "truncated", "html", "drip", "gateway"} <= set(figures.met)


def test_faults_cost_a_third_at_most(tmp_path: Path) -> None:
    job = replace(SMALL, days=2, posts=1_200, codes=())
    spent = {}
    for name, faults in (("faulty", 0.1), ("clean", 0.0)):
        (tmp_path / name).mkdir()
        spent[name] = _run(replace(job, faults=faults), tmp_path / name).requests
    assert spent["faulty"] <= 1.3 * spent["clean"]


class GivesUp(VkSource):
    """A passing fault ends the reading, which is taken for complete."""

    def _once(self, *words: Any, **more: Any) -> tuple[str, Any]:
        token, outcome = super()._once(*words, **more)
        passing = isinstance(outcome, Fault) and outcome.kind is Kind.retry
        return token, replace(outcome, kind=Kind.request) if passing else outcome

    def _read_wall(self, shelf: Shelf, number: int, owner_id: int, since: datetime) -> Iterator[Page]:
        return _forgiving(super()._read_wall(shelf, number, owner_id, since), since)

    def _search(self, tags: Sequence[str], since: datetime, until: datetime) -> Iterator[Page]:
        return _forgiving(super()._search(tags, since, until), since)


def _forgiving(pages: Iterator[Page], since: datetime) -> Iterator[Page]:
    try:
        yield from pages
    except SourceError:
        yield Page((), 0, None, since)


class StopsAtTheFirstOld(VkSource):
    """Leaves a wall at the first post that is older than what is asked for, pinned or not."""

    def _read_wall(self, shelf: Shelf, number: int, owner_id: int, since: datetime) -> Iterator[Page]:
        for page in super()._read_wall(shelf, number, owner_id, since):
            newer = tuple(takewhile(lambda post: post.published_at >= since, page.posts))
            if len(newer) < len(page.posts):
                yield replace(page, posts=newer, reached=since)
                return
            yield page


class MarksBeforeItReads(VkSource):
    """Says how far it reached before the other pages are stored."""

    def _read_wall(self, shelf: Shelf, number: int, owner_id: int, since: datetime) -> Iterator[Page]:
        return (replace(page, reached=since) for page in super()._read_wall(shelf, number, owner_id, since))


@pytest.mark.parametrize("kind", [GivesUp, StopsAtTheFirstOld, MarksBeforeItReads])
def test_without_a_guard_posts_are_missed(kind: type[VkSource], tmp_path: Path) -> None:
    assert _run(replace(TINY, faults=0.2), tmp_path, kind=kind).missed > 0


def test_without_the_overlap_posts_are_missed(tmp_path: Path) -> None:
    """Tags that an edit adds, posts that show up late."""
    assert _run(TINY, tmp_path, overlap_hours=1.0).missed > 0


def test_with_all_guards_the_same_towns_are_read_whole(tmp_path: Path) -> None:
    """What the twins miss is there to be found."""
    assert _run(TINY, tmp_path).missed == 0


@pytest.mark.parametrize(
    ("moments", "seconds", "most"), [([], 1, 0), ([0, 0.5, 1.0], 1, 2), ([0, 0.4, 0.8, 1.2], 1, 3)]
)
def test_the_most_in_any_stretch(moments: list[float], seconds: float, most: int) -> None:
    assert most_within(moments, seconds) == most
