"""What clips a list shows, and in which order: every filter as a condition on Clip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, case, cast, literal, or_
from sqlmodel import col, func, select

from relay.models import (
    Campaign,
    Clip,
    ClipState,
    ClipTag,
    ClipVideo,
    Consent,
    ConsentScope,
    Decision,
    Doubt,
    Inspection,
    QuoteVerdict,
    ReadingAnswer,
    ReadingProposal,
    Sighting,
    Spotting,
    TextOrigin,
    UtcDateTime,
    Verdict,
    Video,
)
from relay.recordings import origins
from relay.search import index
from relay.search.filters import UNKNOWN, Day, Numbers, Seconds, Text, Texts, begins, ends

SQUARE = 1.1
"""Between this and its inverse the longer side is to the shorter one, the picture is called square."""


class FrameShape(StrEnum):
    upright = "upright"
    wide = "wide"
    square = "square"


class Agreed(StrEnum):
    """Consent scopes, and UNKNOWN."""

    archive = ConsentScope.archive.value
    film = ConsentScope.film.value
    public = ConsentScope.public.value
    refused = ConsentScope.refused.value
    unknown = UNKNOWN


class TextFrom(StrEnum):
    """Origins of texts, and UNKNOWN."""

    selection = TextOrigin.selection.value
    family = TextOrigin.family.value
    relative = TextOrigin.relative.value
    own = TextOrigin.own.value
    book = TextOrigin.book.value
    unknown = UNKNOWN


class Came(StrEnum):
    """How a clip came to us."""

    crawled = "crawled"
    handed_in = "handed-in"


class ClipOrder(StrEnum):
    oldest = "oldest"
    newest = "newest"
    longest = "longest"
    shortest = "shortest"
    name = "name"
    decided = "decided"


@dataclass(frozen=True, slots=True)
class ClipFilter:
    """`q`: words in names, towns, texts. `text`: whether it is known which text is read; `named`: who reads it.

    `district`, `town`, `tag`, `consent`, `quote` (a text's number), `origin` may be UNKNOWN. `heard`: numbers of texts
    that seem to be read, of which nobody has said anything yet. `min`, `max`: seconds.
    `by`: who decided last. `since` and `until`: days of publication, `decided_since` and `decided_until`: of the last
    decision, in the campaign's zone. `double`: whether the same recording is there more than once. `doubtful`: whether
    it may have been withdrawn.
    """

    q: Text = ""
    state: tuple[ClipState, ...] = ()
    network: Texts = ()
    source: Numbers = ()
    district: Texts = ()
    town: Texts = ()
    tag: Texts = ()
    flag: Texts = ()
    shape: tuple[FrameShape, ...] = ()
    consent: tuple[Agreed, ...] = ()
    quote: Texts = ()
    origin: tuple[TextFrom, ...] = ()
    heard: Texts = ()
    by: Texts = ()
    came: Came | None = None
    text: bool | None = None
    named: bool | None = None
    double: bool | None = None
    doubtful: bool | None = None
    min: Seconds | None = None
    max: Seconds | None = None
    since: Day | None = None
    until: Day | None = None
    decided_since: Day | None = None
    decided_until: Day | None = None
    sort: ClipOrder = ClipOrder.oldest


def conditions(campaign: Campaign, chosen: ClipFilter) -> list[Any]:
    """All of them have to hold."""
    return [
        Clip.campaign_id == campaign.id,
        *_sought(chosen),
        *_listed(chosen),
        *_yes_or_no(chosen),
        *_looked_at(chosen),
        *_decided(campaign, chosen),
        *_between(col(Clip.published_at), chosen.since, chosen.until, campaign.tz),
    ]


def order(chosen: ClipFilter) -> tuple[list[Any], bool]:
    """What the list is sorted by, the clip's number last, and whether the greatest comes first."""
    length = select(Inspection.duration).where(col(Inspection.sha256) == col(Clip.sha256)).scalar_subquery()
    never = literal(datetime(1970, 1, 1, tzinfo=UTC), UtcDateTime)
    keys: dict[ClipOrder, tuple[list[Any], bool]] = {
        ClipOrder.oldest: ([col(Clip.published_at)], False),
        ClipOrder.newest: ([col(Clip.published_at)], True),
        ClipOrder.longest: ([length], True),
        ClipOrder.shortest: ([length], False),
        ClipOrder.name: ([case((col(Clip.name) == "", 1), else_=0), col(Clip.name)], False),
        ClipOrder.decided: ([func.coalesce(_last_decision(Decision.at), never)], True),
    }
    columns, backwards = keys[chosen.sort]
    return [*columns, col(Clip.id)], backwards


def _sought(chosen: ClipFilter) -> list[Any]:
    """A number alone may be the clip's own, as it stands in its address."""
    found = index.clips_with(chosen.q)
    number = chosen.q.strip().removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 10:
        return [or_(col(Clip.id) == int(number), *found)]
    return found


def _listed(chosen: ClipFilter) -> Iterable[Any]:
    if chosen.state:
        yield col(Clip.state).in_(chosen.state)
    for column, values in ((Clip.district, chosen.district), (Clip.town, chosen.town), (Clip.quote, chosen.quote)):
        if values:
            yield col(column).in_(["" if value == UNKNOWN else value for value in values])
    if chosen.network:
        videos = select(ClipVideo.clip_id).join(Video, col(Video.id) == col(ClipVideo.video_id))
        yield col(Clip.id).in_(videos.where(col(Video.network).in_(chosen.network)))
    if chosen.source:
        posts = select(ClipVideo.clip_id).join(Sighting, col(Sighting.video_id) == col(ClipVideo.video_id))
        spotted = posts.join(Spotting, col(Spotting.post_id) == col(Sighting.post_id))
        yield col(Clip.id).in_(spotted.where(col(Spotting.source_id).in_(chosen.source)))
    if chosen.tag:
        tagged = col(Clip.id).in_(select(ClipTag.clip_id).where(col(ClipTag.tag).in_(chosen.tag)))
        untagged = [col(Clip.id).not_in(select(ClipTag.clip_id))] if UNKNOWN in chosen.tag else []
        yield or_(tagged, *untagged)
    if chosen.heard:
        proposed = select(ReadingProposal.clip_id).where(
            col(ReadingProposal.number).in_(chosen.heard),
            ReadingProposal.answer == ReadingAnswer.proposed,
            ReadingProposal.verdict == QuoteVerdict.read,
        )
        yield col(Clip.id).in_(proposed)
    if chosen.origin:
        wanted = [TextOrigin.unknown if one is TextFrom.unknown else TextOrigin(one.value) for one in chosen.origin]
        yield or_(*map(origins.is_from, wanted))
    if chosen.consent:
        yield or_(*(_agreed(scope) for scope in chosen.consent))


def _agreed(scope: Agreed) -> Any:
    newest = select(func.max(Consent.id)).group_by(col(Consent.clip_id))
    known = select(Consent.clip_id)
    if scope is Agreed.unknown:
        return col(Clip.id).not_in(known)
    return col(Clip.id).in_(known.where(Consent.scope == ConsentScope(scope.value), col(Consent.id).in_(newest)))


def _yes_or_no(chosen: ClipFilter) -> Iterable[Any]:
    gone = [ClipState.withdrawn, ClipState.rejected]
    pairs = (
        (chosen.text, col(Clip.quote) != ""),
        (chosen.named, col(Clip.name) != ""),
        (chosen.double, col(Clip.family).is_not(None)),
        (chosen.doubtful, (col(Clip.doubt) != Doubt.none) & col(Clip.state).not_in(gone)),
        (None if chosen.came is None else chosen.came is Came.handed_in, col(Clip.handed_in).is_not(None)),
    )
    return [condition if wanted else ~condition for wanted, condition in pairs if wanted is not None]


def _looked_at(chosen: ClipFilter) -> Iterable[Any]:
    wanted: list[Any] = []
    if chosen.flag:
        written = cast(col(Inspection.flags), String)
        wanted.append(or_(*(written.contains(f'"{name}"', autoescape=True) for name in chosen.flag)))
    if chosen.shape:
        wanted.append(or_(*(_shaped(shape) for shape in chosen.shape)))
    if chosen.min is not None:
        wanted.append(col(Inspection.duration) >= chosen.min)
    if chosen.max is not None:
        wanted.append(col(Inspection.duration) <= chosen.max)
    return [col(Clip.sha256).in_(select(Inspection.sha256).where(*wanted))] if wanted else []


def _shaped(shape: FrameShape) -> Any:
    width, height = col(Inspection.width), col(Inspection.height)
    upright, wide = height > width * SQUARE, width > height * SQUARE
    return {FrameShape.upright: upright, FrameShape.wide: wide, FrameShape.square: ~(upright | wide)}[shape]


def _decided(campaign: Campaign, chosen: ClipFilter) -> Iterable[Any]:
    when = (chosen.decided_since, chosen.decided_until)
    if not chosen.by and when == (None, None):
        return
    newest = select(func.max(Decision.id)).group_by(col(Decision.clip_id))
    standing: list[Any] = [col(Decision.id).in_(newest), Decision.verdict != Verdict.undo]
    if chosen.by:
        standing.append(col(Decision.person).in_(chosen.by))
    standing += _between(col(Decision.at), *when, campaign.tz)
    yield col(Clip.id).in_(select(Decision.clip_id).where(*standing))


def _last_decision(column: Any) -> Any:
    decided = (col(Decision.clip_id) == col(Clip.id)) & (col(Decision.verdict) != Verdict.undo)
    return select(func.max(column)).where(decided).scalar_subquery()


def _between(column: Any, since: Any, until: Any, zone: str) -> list[Any]:
    first = [column >= begins(since, zone)] if since is not None else []
    return first + ([column < ends(until, zone)] if until is not None else [])
