"""A downloader that no longer understands a network: one alert, and the network's other videos are left in peace.

After BROKEN_AFTER such failures with no success in between, the fetching of that network rests (a Parking row
`extractor:NETWORK`). When the rest is over, one video tries; only when one has come in are the others fetched again.
One odd video among others that work trips nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from relay import clocks
from relay.alerts import raise_alert, resolve
from relay.language.sentence import as_sentence, filled
from relay.models import Parking, Video, VideoState
from relay.store import add_new

BROKEN_AFTER = 3
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 30, 60))
LONGEST = max(PAUSES)
EXTRACTOR = "extractor:"


def key(network: str) -> str:
    """Of the alert, and of the rest."""
    return EXTRACTOR + network


def pause_after(failures: int) -> timedelta | None:
    """How long a network rests after so many failures in a row; None: it does not."""
    if failures < BROKEN_AFTER:
        return None
    return PAUSES[min(failures - BROKEN_AFTER, len(PAUSES) - 1)]


def let_through(session: Session, videos: Iterable[tuple[int, str]], now: datetime) -> list[int]:
    """Which of these videos, given with their networks, may be tried: of a network that rests none, of one whose
    rest is over the first.
    """
    rests = {row.key: row.until for row in session.exec(select(Parking).where(col(Parking.key).startswith(EXTRACTOR)))}
    chosen, probes = [], set[str]()
    for video_id, network in videos:
        until = rests.get(key(network))
        if until is None:
            chosen.append(video_id)
        elif not clocks.holds(until, now, LONGEST) and network not in probes:
            probes.add(network)
            chosen.append(video_id)
    return chosen


def claim(session: Session, network: str, now: datetime, lease: timedelta) -> bool:
    """Whether a fetch may start, in the transaction that claims it. After a network's rest one try is made, and no
    other while its lease lasts.
    """
    if session.get(Parking, key(network)) is None:
        return True
    mine = update(Parking).where(col(Parking.key) == key(network), clocks.run_out(col(Parking.until), now, LONGEST))
    return bool(session.exec(mine.values(until=now + lease)).rowcount)


def failed(session: Session, video: Video, reason: str, now: datetime) -> None:
    """The downloader did not understand the network; `reason` stands at the video."""
    pause = pause_after(_failures(session, video.network, reason))
    if pause is None:
        return
    until = now + pause
    if not add_new(session, Parking(key=key(video.network), reason=reason, until=until)):
        session.exec(update(Parking).where(col(Parking.key) == key(video.network)).values(reason=reason, until=until))
    video.next_try_at = min(video.next_try_at or until, until)  # else there might be none to try with
    session.add(video)
    text = filled("No video of {network} can be fetched. {reason}", network=video.network, reason=as_sentence(reason))
    raise_alert(session, key(video.network), text, now)


def inconclusive(session: Session, network: str, now: datetime) -> None:
    """The one try ended otherwise (deleted, too large, stopped): the next video tries."""
    session.exec(update(Parking).where(col(Parking.key) == key(network), col(Parking.until) > now).values(until=now))


def works(session: Session, network: str, now: datetime) -> None:
    """A video has come in: those that failed in the meantime begin anew."""
    resolve(session, key(network), now)
    failing = update(Video).where(col(Video.network) == network, col(Video.failures) > 0)
    session.exec(failing.values(failures=0).execution_options(synchronize_session=False))
    rest = session.get(Parking, key(network))
    if rest is None:
        return
    session.exec(
        update(Video)
        .where(
            col(Video.network) == network, col(Video.state) == VideoState.unavailable, col(Video.reason) == rest.reason
        )
        .values(next_try_at=now, attempts=0)
    )
    session.exec(delete(Parking).where(col(Parking.key) == key(network)))


def _failures(session: Session, network: str, reason: str) -> int:
    """In a row: since the last video of the network came in."""
    counted = select(func.sum(Video.failures)).where(Video.network == network, Video.reason == reason)
    return session.exec(counted).one() or 0
