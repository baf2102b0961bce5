"""Exports that are made while the desk goes on: one at a time, in a thread of `relay serve`, and ended on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from relay.almanac.delivery.exports import shelf
from relay.almanac.delivery.exports.film import ExportWish
from relay.collect import recheck
from relay.context import Relay
from relay.errors import Interrupted, Refused, RelayError


@dataclass
class ExportJob:
    """`percent` of the way; `number`: the export that is ready, `error`: why it ended without one, `stopped`: by whom
    it was made to end, if by a person.
    """

    slug: str
    name: str
    wish: ExportWish
    person: str
    percent: int = 0
    what: str = ""
    running: bool = True
    number: int | None = None
    error: RelayError | None = None
    stopped: str = ""
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)

    def report(self, done: int, total: int, what: str) -> None:
        """Raises Interrupted when it is to end."""
        self.percent, self.what = 100 * done // total, what
        if self._stop.is_set():
            raise Interrupted("The export was stopped.")

    def stop(self, person: str) -> None:
        self.stopped = person
        self._stop.set()


Translate = Callable[[str], str]
MakeExport = Callable[[Relay, ExportJob, Translate], int]


class ExportJobs:
    """Keeps the last job. Thread-safe. `make` returns the number of the export."""

    def __init__(self, make: MakeExport | None = None) -> None:
        self._make = make or _prepared
        self._lock = threading.Lock()
        self._job: ExportJob | None = None
        self._thread: threading.Thread | None = None

    def start(
        self, relay: Relay, slug: str, name: str, wish: ExportWish, *, person: str, translate: Translate = str
    ) -> ExportJob:
        """Starts at once. Raises Refused while another export is being made."""
        with self._lock:
            if self._job is not None and self._job.running:
                raise Refused(
                    "An export is being made just now: {name}.", hint="Wait until it is done.", name=self._job.name
                )
            job = self._job = ExportJob(slug, name, wish, person)
            words = (relay, job, self._make, translate)
            self._thread = threading.Thread(target=_do, args=words, name="export", daemon=True)
            self._thread.start()
        return job

    def job(self, slug: str, name: str) -> ExportJob | None:
        """The job that runs, or ran last, if it is of this almanac."""
        job = self._job
        return job if job is not None and (job.slug, job.name) == (slug, name) else None

    def wait(self) -> None:
        if self._thread is not None:
            self._thread.join()


def _do(relay: Relay, job: ExportJob, make: MakeExport, translate: Translate) -> None:
    try:
        job.number = make(relay, job, translate)
    except RelayError as error:
        job.error = error
    finally:
        if job.error is None and job.number is None:
            job.error = RelayError("Something went wrong on our side. It has been noted; try again in a minute.")
        job.running = False


def _prepared(relay: Relay, job: ExportJob, translate: Translate) -> int:
    recheck.recheck(relay, job.slug, within=recheck.HOURLY)  # what was taken off the network must not go out
    made = shelf.prepare(
        relay, job.slug, job.name, job.wish, person=job.person, translate=translate, on_progress=job.report
    )
    return made.number


@dataclass(frozen=True, slots=True)
class ExportJobView:
    """How far an export is."""

    running: bool
    percent: int
    number: int | None


def view(job: ExportJob | None) -> ExportJobView | None:
    return ExportJobView(job.running, job.percent, job.number) if job is not None else None
