"""Films that are made meanwhile: one at a time, with a studio that works until it is told to go on."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from relay.almanac.delivery import render
from relay.collect import recheck
from relay.errors import Refused, RelayError
from relay.views import as_json
from relay.web.background.render_jobs import MAKE, Job, RenderJobs, view


class Studio:
    """Notes what it is asked for; works until it may go on, and fails where it is told to."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.begun = threading.Event()
        self.asked: list[tuple[Any, ...]] = []
        self.error: Exception | None = None

    def jobs(self) -> RenderJobs:
        return RenderJobs({"preview": self.works, "film": self.films})

    def films(self, relay: Any, job: Job) -> None:
        self.works(relay, job)
        job.version = 7

    def works(self, relay: Any, job: Job) -> None:
        self.asked.append((job.kind, relay, job.slug, job.name))
        job.report(1, 3, "clip 5")
        self.begun.set()
        self.may_go_on.wait(10)
        if self.error is not None:
            raise self.error


@pytest.fixture
def studio():
    made = Studio()
    yield made
    made.may_go_on.set()


def test_a_preview_is_made_in_a_thread_of_its_own_and_nothing_else_meanwhile(studio):
    shop = studio.jobs()
    shop.wait()  # nothing has begun
    assert shop.job("proryv80", "film") is None
    job = shop.start("relay", "proryv80", "film", "preview")  # type: ignore[arg-type]
    assert studio.begun.wait(10)
    assert (job.slug, job.name, job.kind, job.running, job.version, job.error) == (
        *("proryv80", "film", "preview", True, None, None),
    )
    assert (job.done, job.total, job.what, job.percent) == (1, 3, "clip 5", 33)
    assert abs(time.monotonic() - job.started) < 60
    assert shop.job("proryv80", "film") is job
    assert shop.job("proryv80", "other") is None
    assert shop.job("other", "film") is None
    assert "render" in [thread.name for thread in threading.enumerate() if thread.daemon]
    with pytest.raises(Refused) as refused:
        shop.start("relay", "proryv80", "other", "film")  # type: ignore[arg-type]
    assert refused.value.line == "A film is being made just now: film. Wait until it is done."
    studio.may_go_on.set()
    shop.wait()
    assert (job.running, job.error, job.version) == (False, None, None)
    assert shop.job("proryv80", "film") is job, "the last one is remembered"
    assert studio.asked == [("preview", "relay", "proryv80", "film")]


def test_before_a_film_its_posts_are_looked_up_again(monkeypatch):
    asked: list[Any] = []
    job = Job("proryv80", "film", "film")

    def renders(relay: Any, slug: str, name: str, *, on_progress: Any, request: Any, on_watch: Any) -> SimpleNamespace:
        on_progress(1, 3, "clip 5")
        asked.append((relay, slug, name))
        on_watch("the film")
        return SimpleNamespace(version=7)

    monkeypatch.setattr(recheck, "recheck", lambda relay, slug, *, within: asked.append((relay, slug, within)))
    monkeypatch.setattr(render, "render", renders)
    monkeypatch.setattr(render, "preview", lambda relay, slug, name, *, on_progress, on_watch: asked.append("preview"))
    MAKE["film"]("relay", job)  # type: ignore[arg-type]
    assert asked == [("relay", "proryv80", recheck.HOURLY), ("relay", "proryv80", "film")]
    assert (job.version, job.done, job.total, job.watch) == (7, 1, 3, "the film")
    MAKE["preview"]("relay", Job("proryv80", "film", "preview"))  # type: ignore[arg-type]
    assert asked[2:] == ["preview"]


def test_after_a_film_the_next_may_be_made(studio):
    studio.may_go_on.set()
    shop = studio.jobs()
    job = shop.start("relay", "proryv80", "film", "film")  # type: ignore[arg-type]
    shop.wait()
    assert (job.running, job.error, job.version) == (False, None, 7)
    again = shop.start("relay", "proryv80", "other", "preview")  # type: ignore[arg-type]
    shop.wait()
    assert (again.name, again.running) == ("other", False)


@pytest.mark.parametrize("kind", ["preview", "film"])
def test_a_film_that_can_not_be_made_says_why(studio, kind):
    studio.may_go_on.set()
    studio.error = Refused("The almanac {name} has no clips.", name="film")
    shop = studio.jobs()
    job = shop.start("relay", "proryv80", "film", kind)  # type: ignore[arg-type]
    shop.wait()
    assert (job.running, job.error, job.version) == (False, studio.error, None)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(("kind", "told"), [("film", True), ("preview", False)])
def test_a_bug_leaves_no_film_running_for_ever(studio, kind, told):
    studio.may_go_on.set()
    studio.error = AttributeError("a bug")
    shop = studio.jobs()
    job = shop.start("relay", "proryv80", "film", kind)  # type: ignore[arg-type]
    shop.wait()
    assert job.running is False
    if told:
        assert isinstance(job.error, RelayError)
        assert job.error.line == "Something went wrong on our side. It has been noted; try again in a minute."
    else:
        assert job.error is None


def test_how_far_it_is_is_told_in_whole_percent():
    job = Job("proryv80", "film", "film")
    assert view(None) is None
    assert as_json(view(job)) == {"kind": "film", "running": True, "percent": 0, "version": None}
    assert (job.done, job.total, job.what) == (0, 0, "")
    found = []
    for done in (0, 1, 199, 200):
        job.report(done, 200, "clip")
        found.append(job.percent)
    assert found == [0, 0, 99, 100]
    job.report(1, 1, "film")
    job.version, job.running = 3, False
    assert as_json(view(job)) == {"kind": "film", "running": False, "percent": 100, "version": 3}
