"""A film of real clips that is made step by step: no further than a test lets it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from relay.almanac.delivery import render
from relay.context import Relay
from relay.web.background.render_jobs import Job, RenderJobs
from tests.almanac.delivery.test_render import Residents
from tests.almanac.filming import Camera

NAMES = ("Анна", "Борис", "Вера", "Глеб", "Дина")


def has_film(relay: Relay, camera: Camera, *, clips: int = 3, frames: int = 75, **style: object) -> list[int]:
    """The numbers of its clips."""
    residents = Residents(relay, camera)
    paths = [camera.films(f"clip{number}", frames=frames, seed=number) for number in range(clips)]
    found = [residents.film(name, path) for name, path in zip(NAMES, paths, strict=False)]
    residents.plan(**style)
    return found


class Gate:
    """`jobs()` makes films and previews whose tasks end one by one, `lets(3)` three of them, `opens()` all."""

    def __init__(self) -> None:
        self._may = threading.Semaphore(0)
        self._open, self._waits = threading.Event(), threading.Event()
        self.job: Job | None = None
        self.done = 0

    def jobs(self) -> RenderJobs:
        return RenderJobs({"preview": self._preview, "film": self._film})

    def lets(self, tasks: int) -> None:
        self._may.release(tasks)

    def waits_for(self, is_so: Callable[[Job], bool]) -> None:
        """Lets one task after the other until something is so of the job."""
        for _ in range(400):
            if self.job is not None and is_so(self.job):
                return
            if self._waits.wait(0.2):
                self._waits.clear()
                self.lets(1)
        raise AssertionError("it never was so")

    def opens(self) -> None:
        self._open.set()
        self._may.release(1000)

    def _preview(self, relay: Relay, job: Job) -> None:
        self.job = job
        render.preview(relay, job.slug, job.name, on_progress=self._report, on_watch=job.watched)

    def _film(self, relay: Relay, job: Job) -> None:
        self.job = job
        made = render.render(relay, job.slug, job.name, on_progress=self._report, on_watch=job.watched)
        job.version = made.version

    def _report(self, done: int, total: int, what: str) -> None:
        assert self.job is not None
        self.job.report(done, total, what)
        self.done = done
        if not self._open.is_set():
            self._waits.set()
            assert self._may.acquire(timeout=60)


def film_of(relay: Relay) -> bytes:
    """The newest version's file."""
    return max(relay.folder("almanacs").glob("*-v*.mp4"), key=lambda path: path.stat().st_mtime_ns).read_bytes()
