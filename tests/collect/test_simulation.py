"""A small simulated relay (10 walls, 3 days) in the suite; `scripts/simulate` makes the whole month.

Each guard has a twin: with it switched off, posts are missed, and the town's own notes tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.collect import crawl
from relay.ports import Page
from relay.sources import vk as vk_module
from relay.sources.vk import First, VkSource
from tests.collect.simulation import SMALL, Figures, Job, Simulation, most_within

pytestmark = pytest.mark.slow

TINY = replace(SMALL, walls=4, days=2, posts=1_200, tagged=120, codes=(), faults=0.0)


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


class NoRetry(VkSource):
    """Every passing fault ends the reading, and the wall is taken for read."""

    def _read_after(self, *words: Any) -> Iterator[Page]:
        return self._forgiving(super()._read_after(*words))

    def read(self, place: Any, *, since: Any, until: Any, tags: Sequence[str]) -> Iterator[Page]:
        return self._forgiving(super().read(place, since=since, until=until, tags=tags), since)

    def _forgiving(self, pages: Iterator[Page], since: Any = None) -> Iterator[Page]:
        from relay.errors import SourceError

        try:
            yield from pages
        except SourceError:
            yield Page((), 0, None, since or self._clock())


class StopsAtTheFirstOld(VkSource):
    """Leaves a wall at the first post that is older than what is asked for, pinned or not."""

    def _read_wall(self, owner_id: int, since: Any, first: First | None = None) -> Iterator[Page]:
        for page in super()._read_wall(owner_id, since, first):
            newer = []
            for post in page.posts:
                if post.published_at < since:
                    yield replace(page, posts=tuple(newer), reached=since)
                    return
                newer.append(post)
            yield page


def test_without_retries_posts_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vk_module, "ATTEMPTS", 1)
    assert _run(replace(TINY, faults=0.3), tmp_path, kind=NoRetry).missed > 0


def test_stopping_at_the_first_old_post_misses_what_is_behind_a_pinned_one(tmp_path: Path) -> None:
    assert _run(TINY, tmp_path, kind=StopsAtTheFirstOld).missed > 0


def test_without_the_overlap_posts_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags that an edit adds, posts that show up late."""

    def from_the_mark(campaign: Any, source: Any, now: Any, _overlap: timedelta, *, deep: bool) -> Any:
        return campaign.opens_at if source.high_water is None else min(source.high_water, now)

    simulation = Simulation(TINY, tmp_path)
    true = crawl.since_when
    monkeypatch.setattr(crawl, "since_when", from_the_mark)
    simulation.claims_overlap = lambda row, source: true(
        simulation.campaign, source, row.started_at, timedelta(hours=24), deep=row.deep
    )
    assert simulation.run().missed > 0


def test_with_all_guards_the_same_towns_are_read_whole(tmp_path: Path) -> None:
    """What the twins miss is there to be found."""
    assert _run(TINY, tmp_path).missed == 0


@pytest.mark.parametrize(
    ("moments", "seconds", "most"), [([], 1, 0), ([0, 0.5, 1.0], 1, 2), ([0, 0.4, 0.8, 1.2], 1, 3)]
)
def test_the_most_in_any_stretch(moments: list[float], seconds: float, most: int) -> None:
    assert most_within(moments, seconds) == most
