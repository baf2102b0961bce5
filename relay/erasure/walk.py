"""The walk over everything that was made of a clip. Each step can be done again, so a kill anywhere only delays it.

```
plans    no plan holds the clip any more           from here on no new film shows it
films    versions that show it are closed          links answer "not shown any more"
places   files go, place by place (places.py)
rows     the hash gives way in the database
seal     nothing of it is left in the database's file
done     said in the record; the files of tombstones beside the backups are brought up to date
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

from sqlalchemy import update
from sqlmodel import col, select

from relay import logs
from relay.context import Relay
from relay.erasure import database, films, rows
from relay.erasure import target as targets
from relay.erasure.places import PLACES
from relay.erasure.target import ErasureTarget, Removed
from relay.errors import RelayError
from relay.models import Erasure, ErasureCause, need_id
from relay.tombstones import burial, file
from relay.tombstones.entrance import key_of

OLDER = "Relay"
"""Who has begun the erasure of a clip that was withdrawn before there were any."""

log = logs.get_logger()


class ErasureStep(StrEnum):
    """Where the walk is, for whoever watches it (tests kill it at each)."""

    plans = "plans"
    films = "films"
    places = "places"
    rows = "rows"
    seal = "seal"
    done = "done"


OnStep = Callable[[ErasureStep, str], None]


def _nobody(_step: ErasureStep, _place: str) -> None:
    pass


def due(relay: Relay) -> list[int]:
    """Erasures that are not done, oldest first; clips that were withdrawn before there were any get theirs."""
    key = key_of(relay)
    with relay.reading() as session:
        older = burial.unburied(session)
    if older:
        with relay.transaction() as session:
            for clip in burial.unburied(session):
                burial.bury(session, key, clip, cause=ErasureCause.withdrawn, person=OLDER, now=relay.now())
    with relay.reading() as session:
        wanted = select(Erasure.id).where(col(Erasure.done_at).is_(None)).order_by(col(Erasure.id))
        return [number for number in session.exec(wanted) if number is not None]


def carry_out(relay: Relay, erasure_ids: Iterable[int], *, on_step: OnStep = _nobody) -> list[int]:
    """Walks for each; returns those that are not done yet, because something is still being made of their clip.

    Raises DiskFull and the like; what was done by then is done.
    """
    left = [one for one in erasure_ids if not _walk(relay, one, on_step)]
    missed = file.keep_up(relay, key_of(relay))
    for path in missed:
        log.warning("tombstones not written", path=str(path))
    return left


def of_clips(relay: Relay, clip_ids: Iterable[int]) -> list[int]:
    """The erasures of these clips."""
    with relay.reading() as session:
        wanted = select(Erasure).where(col(Erasure.clip_id).in_(list(clip_ids))).order_by(col(Erasure.id))
        return [need_id(row) for row in session.exec(wanted)]


def try_to(relay: Relay, erasure_ids: Iterable[int]) -> None:
    """As `carry_out`, for whoever answers a person meanwhile: what fails is noted, and the worker tries again."""
    for one in erasure_ids:
        try:
            carry_out(relay, [one])
        except RelayError as error:
            log.warning("erasure not finished", erasure=one, why=error.line)
            with relay.transaction() as session:
                tried = update(Erasure).where(col(Erasure.id) == one)
                session.exec(tried.values(tries=Erasure.tries + 1, trouble=error.message))


def _walk(relay: Relay, erasure_id: int, on_step: OnStep) -> bool:
    with relay.reading() as session:
        erasure = session.get_one(Erasure, erasure_id)
        if erasure.done_at is not None:
            return True
        target = targets.load(session, erasure)
    if target.sha256:
        on_step(ErasureStep.plans, "")
        with relay.transaction() as session:
            films.leave_plans(session, target)
        on_step(ErasureStep.films, "")
        films.close(relay, target)
        if not _clear(relay, target, on_step):
            return False
        on_step(ErasureStep.rows, "")
        rows.erase(relay, target)
    on_step(ErasureStep.seal, "")
    if not database.seal(relay, target.sha256):
        return False
    on_step(ErasureStep.done, "")
    rows.finish(relay, target)
    log.info("erased", number=target.number)
    return True


def _clear(relay: Relay, target: ErasureTarget, on_step: OnStep) -> bool:
    is_clean = True
    for name, remove in PLACES.items():
        on_step(ErasureStep.places, name)
        removed = Removed()
        try:
            is_clean &= remove(relay, target, removed)
        finally:
            targets.note(relay, target, removed)
    return is_clean
