"""What `relay work` hears by itself: a few clips at a time, found without going through all of them.

Whoever leads goes once an hour through the clips in the order of their numbers, a part each time, and stays behind the
newest one meanwhile. A recording that could not be heard is tried again after ever longer pauses, in the end no more.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import bindparam, case
from sqlmodel import Session, col, select

from relay import clocks, logs
from relay.almanac.hearing import proposals, service
from relay.context import Relay
from relay.errors import NotFound, Refused, ToolFailed
from relay.models import Clip, ClipState, HeardRecording, HearingTry, Inspection, Quote, ReadingSearch
from relay.store import run

GONE_THROUGH = 500
"""Clips that are looked at in one go."""
LAID_ONCE = 25
"""Clips that are laid beside changed texts in one go, which takes some 30 ms each."""
RESTS = 300.0
"""Seconds without another try after a failure that is no clip's."""
AGAIN = timedelta(hours=1)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 60, 360, 1440))
"""After the first failures; one more, and the recording is left in peace until there is another model."""
NO_TEXTS = proposals.digest_of({})

log = logs.get_logger()


class HearingRounds:
    """Of the process that leads. What it remembers may be lost: then it begins from the first clip again."""

    def __init__(self) -> None:
        self._after = 0
        self._since: datetime | None = None
        self._of: tuple[str, dict[int, str]] = ("", {})
        """Model and texts by campaign: with others all clips are gone through again."""
        self._asked: set[int] = set()
        """Clips that were handed out since the round began."""
        self._rests_until = 0.0

    def step(self, relay: Relay, *, hears: bool) -> list[int]:
        """Which clips of the next part are to be heard, where somebody `hears`. Proposes anew where the texts have
        changed, or words came from another host. Goes on behind a part only when nothing in it is left to do.
        """
        hear, lay, last = self._part(relay)
        for clip in lay[:LAID_ONCE]:
            proposals.renew(relay, clip)
        due = [clip for clip in hear if clip not in self._asked] if hears else []
        if not due and len(lay) <= LAID_ONCE and last:
            self._after = last
        return due if time.monotonic() >= self._rests_until else []

    def asked(self, clip: int) -> None:
        """It was handed out."""
        self._asked.add(clip)

    def failed(self, clip: int) -> None:
        """Not by its own fault, or nobody knows: a machine was lost, a disk is full. Hearing rests for a while."""
        self._asked.discard(clip)
        self._after = min(self._after, clip - 1)
        self._rests_until = time.monotonic() + RESTS

    def _part(self, relay: Relay) -> tuple[list[int], list[int], int]:
        """Clips to be heard, and to be laid beside the texts; the last one that was looked at, 0 for none."""
        hear, lay = [], []
        with relay.reading() as session:
            speaks = service.speech_model(relay)
            now = (speaks.key if speaks is not None else "", _digests(session))
            if now != self._of or self._since is None or clocks.has_passed(AGAIN, self._since, relay.now()):
                self._after, self._since, self._of = 0, relay.now(), now
                self._asked.clear()
            rows = run(session, _PART, after=self._after, key=now[0]).all()
        for row in rows:
            if row.heard and _is_other(row, now[1].get(row.campaign_id, "")):
                lay.append(row.id)
            if _is_due(row, now[0], relay.now()):
                hear.append(row.id)
        return hear, lay, rows[-1].id if rows else 0


def _is_other(row: Any, texts: str) -> bool:
    """Whether the clip was never laid beside the texts of this digest ("": there are none), or with other words."""
    if row.texts is None:
        return bool(texts)
    return (row.texts, row.model) != (texts or NO_TEXTS, row.heard)


def attend(relay: Relay, clip_id: int) -> None:
    """Hears a clip, if that is still to be done and this host can. A failure rests. Raises what has nothing to do with
    this clip: ToolMissing, DiskFull, Interrupted.
    """
    speaks = service.speech_model(relay)
    if speaks is None or not service.listens(relay):
        return
    with relay.reading() as session:
        row: Any = run(session, _ONE, clip=clip_id, key=speaks.key).first()
    if row is None or not _is_due(row, speaks.key, relay.now()):
        return
    failed = partial(_failed, relay, row.sha256, speaks.key)
    try:
        proposals.hear(relay, clip_id)
    except NotFound:  # withdrawn meanwhile, or its copy is gone
        failed()
    except Refused:  # another process listens to it
        return
    except ToolFailed as error:
        log.warning("a clip could not be heard", clip=clip_id, error=error.line)
        failed()


def _failed(relay: Relay, sha256: str, key: str) -> None:
    with relay.transaction() as session:
        if session.get(Inspection, sha256) is None:
            return
        row = session.get(HearingTry, sha256)
        if row is None or row.model != key:
            row = session.merge(HearingTry(sha256=sha256, model=key, tries=0))
        pause = PAUSES[row.tries] if row.tries < len(PAUSES) else None
        row.tries += 1
        row.next_at = relay.now() + pause if pause is not None else None
        session.add(row)


def _is_due(row: Any, key: str, now: datetime) -> bool:
    """`key`: of this host's model; without one any host's words will do."""
    if row.heard and (not key or row.heard == key):
        return False
    if row.has_audio and not row.proxy:
        return False
    if row.tries is None or (key and row.tried != key):
        return True
    return row.next_at is not None and not clocks.holds(row.next_at, now, max(PAUSES))


def _digests(session: Session) -> dict[int, str]:
    """Of the texts of each campaign that has some."""
    texts: dict[int, dict[str, str]] = {}
    rows = session.exec(select(Quote.campaign_id, Quote.number, Quote.text).order_by(col(Quote.id)))
    for campaign, number, text in rows:
        texts.setdefault(campaign, {})[number] = text
    return {campaign: proposals.digest_of(each) for campaign, each in texts.items()}


_IS_OWN = case((col(HeardRecording.model) == "", 0), (col(HeardRecording.model) == bindparam("key"), 2), else_=1)
_HEARD = (
    select(HeardRecording.model)
    .where(col(HeardRecording.sha256) == col(Clip.sha256))
    .order_by(_IS_OWN.desc(), col(HeardRecording.at).desc())
    .limit(1)
    .correlate(Clip)
    .scalar_subquery()
    .label("heard")
)
_CLIPS: Any = (
    select(  # type: ignore[call-overload]
        Clip.id, Clip.campaign_id, Clip.sha256, Inspection.proxy, Inspection.has_audio, _HEARD,
        ReadingSearch.texts, ReadingSearch.model, HearingTry.model.label("tried"), HearingTry.tries,  # type: ignore[attr-defined]
        HearingTry.next_at,
    )
    .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
    .outerjoin(ReadingSearch, col(ReadingSearch.clip_id) == col(Clip.id))
    .outerjoin(HearingTry, col(HearingTry.sha256) == col(Clip.sha256))
    .where(col(Clip.state) != ClipState.withdrawn)
)  # fmt: skip
_PART = _CLIPS.where(col(Clip.id) > bindparam("after")).order_by(col(Clip.id)).limit(GONE_THROUGH)
_ONE = _CLIPS.where(col(Clip.id) == bindparam("clip"))
"""Statements that stand ready: they are run every few seconds."""
