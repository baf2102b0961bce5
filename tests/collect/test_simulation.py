"""A small simulated relay (10 walls, 2 days) in the suite; `scripts/simulate` makes the whole month.

Each guard has a twin: with it switched off, posts are missed or a limit is exceeded, and the town's own notes tell.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from relay.collect import crawl, ingest, rows
from relay.collect.ledger import silence
from relay.context import Relay
from relay.errors import SourceError
from relay.models import Sweep
from relay.ports import Page, ReadRequest
from relay.sources.quotas import TokenQuotas
from relay.sources.vk.calls import ApiFault, VkCalls
from relay.sources.vk.errors import Remedy
from relay.sources.vk.prefetch import PagePrefetch
from relay.sources.vk.source import VkSource
from tests.collect.simulation import SMALL, Figures, Job, Killed, Simulation, most_within

pytestmark = pytest.mark.slow

TINY = replace(SMALL, walls=3, days=1, posts=450, tagged=300, deleted=0.6, stay_hours=8, codes=(), faults=0.0, jumps=())
FLEETING = replace(TINY, deleted=0.8, stay_hours=2, search=False)
"""Walls alone, and posts that don't stay: no other channel and no later reading finds what one reading missed."""
UNFORESEEN = 77_777


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
    job = replace(SMALL, walls=8, days=1, posts=600, codes=())
    spent = {}
    for name, faults in (("faulty", 0.1), ("clean", 0.0)):
        (tmp_path / name).mkdir()
        spent[name] = _run(replace(job, faults=faults), tmp_path / name).requests
    assert spent["faulty"] <= 1.3 * spent["clean"]


def test_with_all_guards_the_tiny_towns_are_read_whole(tmp_path: Path) -> None:
    """What the twins miss is there to be found."""
    jobs = (TINY, replace(TINY, faults=0.2, codes=(UNFORESEEN,) * 12), replace(FLEETING, faults=0.2))
    for number, job in enumerate(jobs):
        (tmp_path / str(number)).mkdir()
        figures = _run(job, tmp_path / str(number))
        assert (figures.missed, set(figures.refusals.values())) == (0, {0})


# Twins: posts are missed


class CallsOnce(VkCalls):
    def once(self, *words: Any, **more: Any) -> tuple[str, Any]:
        token, outcome = super().once(*words, **more)
        passing = isinstance(outcome, ApiFault) and outcome.kind is Remedy.retry
        return token, replace(outcome, kind=Remedy.request) if passing else outcome


class GivesUp(VkSource):
    """A passing fault ends the reading, which is taken for complete."""

    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self.calls.__class__ = CallsOnce

    def _read_wall(self, shelf: PagePrefetch, number: int, wish: ReadRequest) -> Iterator[Page]:
        return _forgiving(super()._read_wall(shelf, number, wish), wish.since)

    def _search(self, tags: Sequence[str], since: datetime, until: datetime) -> Iterator[Page]:
        return _forgiving(super()._search(tags, since, until), since)


class SkipsWhatItDoesNotKnow(VkSource):
    """A code that nobody foresaw ends the reading, which is taken for complete."""

    def _read_wall(self, shelf: PagePrefetch, number: int, wish: ReadRequest) -> Iterator[Page]:
        return _forgiving(super()._read_wall(shelf, number, wish), wish.since, code=UNFORESEEN)


def _forgiving(pages: Iterator[Page], since: datetime, *, code: int | None = None) -> Iterator[Page]:
    try:
        yield from pages
    except SourceError as error:
        if code is not None and error.code != code:
            raise
        yield Page((), 0, None, since)


FORGIVING = [
    (GivesUp, replace(FLEETING, faults=0.5, seed=2)),
    (SkipsWhatItDoesNotKnow, replace(TINY, faults=0.2, codes=(UNFORESEEN,) * 12)),
]


@pytest.mark.parametrize(("kind", "job"), FORGIVING)
def test_without_two_guards_posts_are_missed(
    kind: type[VkSource], job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "check", lambda *_words: None)
    assert _run(job, tmp_path, kind=kind).missed > 0


@pytest.mark.parametrize(("kind", "job"), FORGIVING)
def test_that_nothing_is_shown_any_more_is_noticed_where_the_fault_was_swallowed(
    kind: type[VkSource], job: Job, tmp_path: Path
) -> None:
    assert _run(job, tmp_path, kind=kind).missed == 0


def test_without_the_overlap_posts_are_missed(tmp_path: Path) -> None:
    """Tags that an edit adds, posts that show up late."""
    assert _run(TINY, tmp_path, overlap_hours=1.0).missed > 0


def test_with_the_mark_in_a_transaction_of_its_own_posts_are_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark moves first, the posts follow; one time in five the process is killed in between."""
    times = iter(range(1_000_000))

    def mark_first(relay: Relay, reading: Any, pages: Iterator[Page]) -> Sweep:
        read = list(pages)
        with relay.transaction() as session:
            rows.refresh(session, reading.source, reading.campaign)
            row = crawl._finish(session, relay, reading)
        if next(times) % 5 == 4:
            raise Killed
        with relay.transaction() as session:
            crawl._keep(session, relay, reading, read)
        return row

    monkeypatch.setattr(crawl, "read_pages", mark_first)
    assert _run(FLEETING, tmp_path).missed > 0


# Twins: posts are doubled

VILLAGE = replace(TINY, walls=1, posts=60, tagged=30)


@pytest.fixture
def nobody_looks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every post of ours is stored as if nobody had seen it before."""
    monkeypatch.setattr(rows, "known_posts", lambda *_words: {})
    monkeypatch.setattr(ingest, "unheard_of", lambda _session, hits, _known: ([], hits))


@pytest.mark.usefixtures("nobody_looks_first")
def test_the_unique_keys_alone_double_nothing(tmp_path: Path) -> None:
    figures = _run(VILLAGE, tmp_path)
    assert (figures.missed, figures.doubled) == (0, 0)


@pytest.mark.usefixtures("nobody_looks_first")
def test_without_the_unique_key_posts_are_doubled(tmp_path: Path) -> None:
    simulation = Simulation(VILLAGE, tmp_path)
    connection = sqlite3.connect(tmp_path / "relay.db")  # SQLite can't drop a key: the table is made again
    (made,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'match'").fetchone()
    without = re.sub(r",\s*CONSTRAINT \w+ UNIQUE \([^)]*\)", "", made)
    assert without != made
    connection.executescript(f"DROP TABLE match; {without};")
    connection.close()
    assert simulation.run().doubled > 0


# Twins: limits are exceeded


class PacesItself(TokenQuotas):
    """Each process keeps to the rate, and knows nothing of the others."""

    def _next_start(self, session: Session, token: str, now: datetime) -> datetime:
        mine = vars(self).setdefault("_mine", {})
        start = max(now, mine.get(token, now))
        mine[token] = start + self._gap
        return start


class OnItsOwn(VkSource):
    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self.calls.tokens.allowance.__class__ = PacesItself


def test_processes_keep_to_one_rate(tmp_path: Path) -> None:
    figures = _run(replace(TINY, processes=3), tmp_path)
    assert (figures.missed, figures.refusals["rate"], figures.most_requests_in_a_second) == (0, 0, 3)


def test_without_the_common_pace_they_exceed_it(tmp_path: Path) -> None:
    figures = _run(replace(TINY, processes=3), tmp_path, kind=OnItsOwn)
    assert figures.refusals["rate"] > 0


def test_a_small_quota_is_kept(tmp_path: Path) -> None:
    figures = _run(replace(TINY, wall_quota=150), tmp_path)
    assert (figures.missed, figures.refusals["quota of wall.get"]) == (0, 0)
    assert figures.most_calls_in_24h["wall.get"] <= 150


def test_without_its_guard_the_quota_is_used_up(tmp_path: Path) -> None:
    assert _run(replace(TINY, wall_quota=150), tmp_path, wall_quota=5000).refusals["quota of wall.get"] > 0


@pytest.mark.parametrize(
    ("moments", "seconds", "most"), [([], 1, 0), ([0, 0.5, 1.0], 1, 2), ([0, 0.4, 0.8, 1.2], 1, 3)]
)
def test_the_most_in_any_stretch(moments: list[float], seconds: float, most: int) -> None:
    assert most_within(moments, seconds) == most
