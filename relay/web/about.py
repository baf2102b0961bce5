"""Which campaigns a request is about, by what its address holds: the one place that knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from relay.context import Relay
from relay.models import Almanac, Campaign, Clip, Question, Render, SignOff, Source

Campaigns = tuple[int, ...]
"""Numbers of campaigns, one of which has to allow it. Mostly one; a file may be in several."""

LARGEST = 2**31 - 1


def _of_slug(slug: Any) -> SelectOfScalar[Any]:
    return select(Campaign.id).where(Campaign.slug == str(slug))


def _of_clip(number: Any) -> SelectOfScalar[int]:
    return select(Clip.campaign_id).where(Clip.id == _whole(number))


def _of_file(sha256: Any) -> SelectOfScalar[int]:
    return select(Clip.campaign_id).where(Clip.sha256 == str(sha256)).distinct()


def _of_sign_off(number: Any) -> SelectOfScalar[int]:
    renders = select(Almanac.campaign_id).join(Render, col(Render.almanac_id) == Almanac.id)
    return renders.join(SignOff, col(SignOff.render_id) == Render.id).where(SignOff.id == _whole(number))


def _of_question(number: Any) -> SelectOfScalar[int]:
    of_clips = select(Clip.campaign_id).join(Question, col(Question.clip_id) == Clip.id)
    return of_clips.where(Question.id == _whole(number))


def _of_source(number: Any) -> SelectOfScalar[int]:
    return select(Source.campaign_id).where(Source.id == _whole(number))


OF: Mapping[str, Callable[[Any], SelectOfScalar[Any]]] = {
    "slug": _of_slug,
    "clip_id": _of_clip,
    "other_id": _of_clip,
    "question_id": _of_question,
    "source_id": _of_source,
    "sha256": _of_file,
    "number": _of_sign_off,
}
"""Parts of addresses → which campaigns they belong to. A route that also names a campaign needs it in both."""

NOT_ALONE = {"number": "slug"}
"""Parts that mean something else beside another: a remark's number stands below its campaign's slug."""


def campaigns_of(relay: Relay, parts: Mapping[str, Any]) -> tuple[Campaigns, ...]:
    """For each part of the address that belongs to campaigns: to which. Empty: it is about none.

    What isn't there belongs to none, and is answered by the usual role.
    """
    with relay.reading() as session:
        return tuple(_found(session, OF[name](part)) for name, part in _telling(parts))


def _telling(parts: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((name, part) for name, part in parts.items() if name in OF and NOT_ALONE.get(name) not in parts)


def _found(session: Session, statement: SelectOfScalar[Any]) -> Campaigns:
    return tuple(session.exec(statement).all())


def _whole(number: Any) -> int:
    """-1, which nothing has, for what is no number of a row."""
    text = str(number)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 11 and int(text) <= LARGEST else -1
