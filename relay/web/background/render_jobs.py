"""Films that are made while the desk goes on: one at a time, in a thread of `relay serve`.

The heavy work runs in child processes; the thread only waits for them. It ends with the desk: shots that are finished
by then are kept, so that the next try goes on from there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from relay.almanac.delivery import render
from relay.almanac.delivery.watching.watch import FilmWatch
from relay.almanac.formats import RenderRequest
from relay.collect import recheck
from relay.context import Relay
from relay.errors import Refused, RelayError

Kind = Literal["preview", "film"]


@dataclass
class Job:
    """`done` of `total` frames; `total` 0: it has just begun. `error` is set when it ended without a film.

    `request`: in which format a film is wanted, None for the almanac's own. `watch`: what of it can be watched, from
    when it has begun to be made.
    """

    slug: str
    name: str
    kind: Kind
    done: int = 0
    total: int = 0
    what: str = ""
    running: bool = True
    version: int | None = None
    error: RelayError | None = None
    request: RenderRequest | None = None
    started: float = field(default_factory=time.monotonic)
    watch: FilmWatch | None = None

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    def report(self, done: int, total: int, what: str) -> None:
        self.done, self.total, self.what = done, total, what

    def watched(self, watch: FilmWatch) -> None:
        self.watch = watch


Make = Callable[[Relay, Job], None]


class RenderJobs:
    """Keeps the last job. Thread-safe. `make`: what makes a job of each kind, by MAKE where nothing is given."""

    def __init__(self, make: Mapping[Kind, Make] | None = None) -> None:
        self._make = make or MAKE
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._thread: threading.Thread | None = None

    def start(self, relay: Relay, slug: str, name: str, kind: Kind, request: RenderRequest | None = None) -> Job:
        """Starts at once. Raises Refused while another film is being made."""
        with self._lock:
            if self._job is not None and self._job.running:
                raise Refused(
                    "A film is being made just now: {name}.", hint="Wait until it is done.", name=self._job.name
                )
            job = self._job = Job(slug, name, kind, request=request)
            self._thread = threading.Thread(target=_do, args=(relay, job, self._make[kind]), name="render", daemon=True)
            self._thread.start()
        return job

    def job(self, slug: str, name: str) -> Job | None:
        """The job that runs, or ran last, if it is of this almanac."""
        job = self._job
        return job if job is not None and (job.slug, job.name) == (slug, name) else None

    def wait(self) -> None:
        if self._thread is not None:
            self._thread.join()


def _do(relay: Relay, job: Job, make: Make) -> None:
    try:
        make(relay, job)
    except RelayError as error:
        job.error = error
    finally:
        if job.error is None and job.version is None and job.kind == "film":
            job.error = RelayError("Something went wrong on our side. It has been noted; try again in a minute.")
        job.running = False


def _preview(relay: Relay, job: Job) -> None:
    render.preview(relay, job.slug, job.name, on_progress=job.report, on_watch=job.watched)


def _film(relay: Relay, job: Job) -> None:
    recheck.recheck(relay, job.slug, within=recheck.HOURLY)  # what was taken off the network must not be in it
    made = render.render(relay, job.slug, job.name, on_progress=job.report, request=job.request, on_watch=job.watched)
    job.version = made.version


MAKE: Mapping[Kind, Make] = {"preview": _preview, "film": _film}


@dataclass(frozen=True, slots=True)
class JobView:
    """How far a film is; `version`: the one that was made, if any."""

    kind: Kind
    running: bool
    percent: int
    version: int | None


def view(job: Job | None) -> JobView | None:
    return JobView(job.kind, job.running, job.percent, job.version) if job is not None else None
