"""When a video is due to be fetched, or to be looked at again, and how long it rests after a try that failed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from relay import clocks
from relay.models import Video, VideoState

BACKOFF_MINUTES = (2, 5, 15, 45, 120, 360)
MUCH_LATER = timedelta(hours=24)
BLOCKED = timedelta(hours=1)
"""The longest until a video is due that nobody has tried: the network showed it blocked (collect/findings.py)."""


def next_try(attempts: int, now: datetime) -> datetime:
    """When a video that failed for the `attempts`th time is due again."""
    return now + pause_after(attempts)


def pause_after(attempts: int) -> timedelta:
    if attempts > len(BACKOFF_MINUTES):
        return MUCH_LATER
    return timedelta(minutes=BACKOFF_MINUTES[max(0, attempts - 1)])


def is_due(now: datetime) -> ColumnElement[bool]:
    later = col(Video.next_try_at)
    return or_(
        col(Video.state) == VideoState.found,
        and_(col(Video.state) == VideoState.unavailable, or_(later.is_(None), _has_come(later, now))),
    )


def _has_come(later: Any, now: datetime) -> ColumnElement[bool]:
    """A try that lies further ahead than the pause after so many tries was put off by a clock that was wrong."""
    tries, most = col(Video.attempts), len(BACKOFF_MINUTES)
    pauses = [(tries == 0, BLOCKED), (tries > most, MUCH_LATER)]
    pauses += [(tries == n, timedelta(minutes=minutes)) for n, minutes in enumerate(BACKOFF_MINUTES, start=1)]
    return or_(*(and_(which, clocks.run_out(later, now, pause)) for which, pause in pauses))
