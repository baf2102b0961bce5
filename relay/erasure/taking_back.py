"""Withdrawing with all that follows: what the command line, the desk, programs and the receipt page call."""

from __future__ import annotations

from typing import Any

from relay import logs
from relay.context import Relay
from relay.erasure import films, walk
from relay.errors import Refused
from relay.moderation import withdrawal

log = logs.get_logger()


def withdraw(
    relay: Relay, clip_id_or_url: int | str, *, reason: str, person: str, doubt: str | None = None
) -> list[int]:
    """As moderation.withdrawal.withdraw; then the clips are erased, as far as that can be done at once."""
    clips = withdrawal.withdraw(relay, clip_id_or_url, reason=reason, person=person, doubt=doubt)
    walk.try_to(relay, walk.of_clips(relay, clips))
    return clips


def make_films(relay: Relay) -> int:
    """Films without what was erased, where a version was closed; returns how many were made.

    A plan that can't be rendered as it is waits for its editors. Raises DiskFull and the like.
    """
    return sum(_made(relay, erasure, film) for erasure, film in films.wanted(relay))


def _made(relay: Relay, erasure: int, film: dict[str, Any]) -> bool:
    try:
        return films.make_instead(relay, erasure, film) > 0
    except Refused as error:
        log.warning("no film instead of a closed one", almanac=film["almanac"], why=error.line)
        return False


def tend(relay: Relay) -> int:
    """What the worker does, every few seconds: erasures that are not done. Returns how many there were."""
    waiting = walk.due(relay)
    if waiting:
        walk.try_to(relay, waiting)
    return len(waiting)
