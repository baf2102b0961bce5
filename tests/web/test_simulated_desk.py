"""A small simulated desk in the suite; `scripts/simulate desk` plays eight people and ten thousand clips.

Each guard has a twin: with it switched off, the same ledger finds what was lost, met or judged twice.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from relay.models import ClipState
from relay.moderation import claims, desk, one_form
from relay.moderation.team import queue
from scripts import simulate_desk
from tests.web.simulated.browser import Browser, Entry
from tests.web.simulated.run import SMALL, DeskFigures, DeskSimulation, Job

pytestmark = pytest.mark.slow

TINY = replace(SMALL, clips=32, people=4, jumps=(), hours=1.0)


def played(folder: Path, job: Job = TINY, **more: Any) -> DeskFigures:
    return DeskSimulation(job, folder, **more).run()


def test_nothing_is_judged_twice_and_nothing_lost(tmp_path: Path) -> None:
    figures = played(tmp_path, SMALL)
    assert figures.broken() == [], figures.examples
    assert figures.restarts and figures.offline > 5 and figures.conflicts and figures.edits > SMALL.clips / 4
    assert {"lost", "answer_lost", "too_late", "cut", "killed"} <= set(figures.lines)
    for mishap in ("browser closed", "signed out while typing", "second tab", "taken back", "outbox: arrived", "asked"):
        assert figures.did[mishap], mishap


# Twins


class Forgetful(Browser):
    """What waits to be sent is not kept."""

    def keep(self, entries: list[Entry]) -> None:
        self.outbox = []


def test_twin_an_outbox_that_forgets(tmp_path: Path) -> None:
    found = played(tmp_path, browser=Forgetful).faults
    assert found["decisions_lost"] > 0


def test_twin_a_queue_without_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "take", lambda *_, **__: True)
    monkeypatch.setattr(claims, "holder", _nobody)
    queue._statement.cache_clear()
    assert played(tmp_path, replace(TINY, faults=0.0)).faults["met"] > 0


def test_twin_a_decision_that_compares_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside claims that are off, so that two people come to one clip."""
    monkeypatch.setattr(claims, "take", lambda *_, **__: True)
    monkeypatch.setattr(claims, "holder", _nobody)
    monkeypatch.setattr(desk, "_compare_and_set", _set)
    monkeypatch.setattr(one_form, "_is_overtaken", lambda *_: False)
    assert played(tmp_path, replace(TINY, faults=0.0)).faults["judged_twice"] > 0


def test_twin_a_form_that_writes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_form, "_compare", lambda *_, **__: None)
    habits = replace(TINY.habits, types=1.0)
    assert played(tmp_path, replace(TINY, habits=habits)).faults["overwritten"] > 0


def _nobody(*_: Any) -> None:
    return None


def _set(session: Session, clip: Any, *, seen: ClipState, to: ClipState, reason: str) -> None:
    clip.state, clip.reason = to, reason
    session.add(clip)


def test_a_promise_that_is_broken_is_told() -> None:
    figures = {
        "job": {"clips": 10_000}, "faults": {"met": 2, "edits_lost": 0}, "unjudged": 1, "server_errors": [],
        "looks": 1.31, "right": 0.975,
        "two_each": {"third a moderator": (0.97, 2.1), "third an organizer": (0.98, 2.1)},
    }  # fmt: skip
    assert simulate_desk.broken_promises(figures) == [
        "2 met",
        "1 unjudged",
        "1.31 looks a clip",
        "right in 97.50%, two looks each (third an organizer) in 98.00%",
    ]
