"""Exports that are made meanwhile: one at a time, ended on demand, with a packer who works until he may go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from relay.almanac.delivery.exports import shelf
from relay.almanac.delivery.exports.film import ExportWish
from relay.collect import recheck
from relay.errors import Interrupted, Refused
from relay.web.background import export_jobs
from relay.web.background.export_jobs import ExportJob, ExportJobs, view

FILM, WISH = ("proryv80", "film"), ExportWish("mlt", packed=True)


class Packer:
    def __init__(self) -> None:
        self.may_go_on, self.begun = threading.Event(), threading.Event()
        self.error: Exception | None = None

    def packs(self, _relay: Any, job: ExportJob, _translate: Any) -> int:
        job.report(40, 100, "sound")
        self.begun.set()
        self.may_go_on.wait(10)
        job.report(90, 100, "export")
        if self.error is not None:
            raise self.error
        return 7


@pytest.fixture
def packer() -> Iterator[Packer]:
    made = Packer()
    yield made
    made.may_go_on.set()


def begun(packer: Packer) -> tuple[ExportJobs, ExportJob]:
    jobs = ExportJobs(packer.packs)
    job = jobs.start(SimpleNamespace(), *FILM, WISH, person="boris")  # type: ignore[arg-type]
    packer.begun.wait(10)
    return jobs, job


def test_one_is_made_at_a_time_and_tells_how_far_it_is(packer: Packer) -> None:
    jobs, job = begun(packer)
    assert view(job) == export_jobs.ExportJobView(running=True, percent=40, number=None)
    with pytest.raises(Refused, match="is being made just now: film"):
        jobs.start(SimpleNamespace(), "other", "film", WISH, person="olga")  # type: ignore[arg-type]
    packer.may_go_on.set()
    jobs.wait()
    assert view(jobs.job(*FILM)) == export_jobs.ExportJobView(running=False, percent=90, number=7)
    assert jobs.job("other", "film") is None
    assert view(None) is None


def test_a_stopped_one_ends_at_its_next_step_and_says_who_stopped_it(packer: Packer) -> None:
    jobs, job = begun(packer)
    job.stop("olga")
    packer.may_go_on.set()
    jobs.wait()
    assert (job.running, job.number, job.stopped, type(job.error)) == (False, None, "olga", Interrupted)


def test_one_that_fails_says_why(packer: Packer) -> None:
    packer.error = Refused("Enough.")
    jobs, job = begun(packer)
    packer.may_go_on.set()
    jobs.wait()
    assert (job.running, str(job.error)) == (False, "Enough.")


def test_what_was_taken_off_the_network_is_asked_for_before(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(recheck, "recheck", lambda _relay, slug, within: asked.append((slug, within)))
    monkeypatch.setattr(
        shelf, "prepare", lambda _relay, slug, name, wish, **_more: asked.append(wish) or SimpleNamespace(number=3)
    )
    jobs = ExportJobs()
    job = jobs.start(SimpleNamespace(), *FILM, WISH, person="boris")  # type: ignore[arg-type]
    jobs.wait()
    assert (job.number, asked) == (3, [("proryv80", recheck.HOURLY), WISH])
