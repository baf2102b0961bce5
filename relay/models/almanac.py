"""Films: what stands in them, the material that they are made with, and who stands behind them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from relay.models.columns import TextEnum, UtcDateTime


class SegmentPin(StrEnum):
    """The end of the film that a segment is pinned to."""

    none = ""
    opening = "opening"
    closing = "closing"


class ByHand(StrEnum):
    """What of a segment a person has set, which no rule changes."""

    place = "place"
    first = "in"
    last = "out"
    name = "name"
    town = "town"


class CardKind(StrEnum):
    chapter = "chapter"
    quote = "quote"
    place = "place"
    picture = "picture"


class CaptionOrigin(StrEnum):
    """What captions come from: a person, a file, the text that is read with the times of the reading, or spread.
    `heard`: a draft of the words that a model heard; no film shows it before a person has looked at it.
    """

    hand = "hand"
    file = "file"
    reading = "reading"
    quote = "quote"
    heard = "heard"


class Almanac(SQLModel, table=True):
    """`style`: house format and looks that differ from the defaults (see almanac/timeline.py, class House)."""

    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    name: str
    title: str
    subtitle: str = ""
    rules: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    style: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    uses: list[str] = Field(default_factory=list, sa_type=JSON)
    """Where it goes besides being shown: values of FilmReach. Whoever is in it has to have agreed to that."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Segment(SQLModel, table=True):
    """`first` and `last`: frames of the clip at the film's rate, `last` exclusive; None is the clip's end.

    `name`, `town`: card texts that differ from the clip's own; None takes the clip's. `by_hand`: values
    of ByHand. `pinned`: the end of the film it stays at. `pieces`: where only pieces of the clip are used, in which
    other clips stand between them: sentences from … to of the film's text, frames from … to.
    """

    __table_args__ = (UniqueConstraint("almanac_id", "clip_id"),)

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    position: int
    first: int = 0
    last: int | None = None
    name: str | None = None
    town: str | None = None
    by_hand: list[str] = Field(default_factory=list, sa_type=JSON)
    pinned: SegmentPin = Field(default=SegmentPin.none, sa_type=TextEnum(SegmentPin, 16))
    pieces: list[list[int]] = Field(default_factory=list, sa_type=JSON)


class PlanChange(SQLModel, table=True):
    """`did`: what was done, with `clip_id` where it was done to one. `before`: what undoing it puts back.

    `token`: of the plan that it led to; only while the plan is still that one can it be undone. `undone`: it has been.
    """

    __table_args__ = (Index("ix_planchange_almanac_id_undone", "almanac_id", "undone"),)

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id")
    at: datetime = Field(sa_type=UtcDateTime)
    person: str = ""
    did: str
    clip_id: int | None = None
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    token: str
    undone: bool = False


class LeftOut(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("almanac_id", "clip_id"),)

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    reason: str = ""
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class Card(SQLModel, table=True):
    """Stands before the segment of `before_clip_id`; None: after the last.

    `words`: the texts on it, by name (`title`, `text`, `author`, `link`, `source`). `seconds` 0: the theme's length.
    """

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    before_clip_id: int | None = Field(default=None, foreign_key="clip.id")
    position: int = 0
    kind: CardKind = Field(sa_type=TextEnum(CardKind, 16))
    words: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    picture_id: int | None = Field(default=None, foreign_key="picture.id")
    seconds: float = 0.0


class Quote(SQLModel, table=True):
    """`number`: as the selection counts them. `link`: the collection's page of the text."""

    __table_args__ = (UniqueConstraint("campaign_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    number: str = Field(max_length=32)
    text: str
    author: str = ""
    link: str = ""


class Caption(SQLModel, table=True):
    """`cues`: `[{from, to, text}]`, seconds of the clip; `sure`, where a model heard the words: 0 to 1 for each."""

    __table_args__ = (UniqueConstraint("clip_id", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    language: str = Field(max_length=8)
    cues: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    origin: CaptionOrigin = Field(sa_type=TextEnum(CaptionOrigin, 16))
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class CaptionVersion(SQLModel, table=True):
    """What stood as a clip's captions in a language from `at` on. Without `cues`: they were taken away."""

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    language: str = Field(max_length=8)
    cues: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    origin: CaptionOrigin = Field(sa_type=TextEnum(CaptionOrigin, 16))
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class Track(SQLModel, table=True):
    """`cleared`: the licence or agreement that allows it, word for word. `loudness` in LUFS, `seconds` of sound."""

    __table_args__ = (UniqueConstraint("campaign_id", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    sha256: str = Field(max_length=64)
    title: str
    author: str = ""
    cleared: str
    seconds: float
    loudness: float | None = None
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class Picture(SQLModel, table=True):
    """`source`: the line that stands under it in the film. Width and height in pixels, as displayed."""

    __table_args__ = (UniqueConstraint("campaign_id", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    sha256: str = Field(max_length=64)
    title: str = ""
    source: str
    width: int
    height: int
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class PlanMarker(SQLModel, table=True):
    """At `frame` of the clip, counted at the film's rate, so that it goes along when the clip is moved or trimmed."""

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    frame: int
    text: str = Field(default="", max_length=200)
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class Emblem(SQLModel, table=True):
    """The sign of an organizer or a partner. `width`, `height` in pixels; of a drawing (SVG) as it is painted."""

    __table_args__ = (UniqueConstraint("campaign_id", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    sha256: str = Field(max_length=64)
    title: str = ""
    width: int
    height: int
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class CreditLine(SQLModel, table=True):
    """One of those behind a campaign: `role` is the heading that the line stands under, in the order of `position`."""

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    position: int
    role: str
    name: str
    emblem_id: int | None = Field(default=None, foreign_key="emblem.id")


class LookChange(SQLModel, table=True):
    """`did`: what was done. `before`: what undoing it puts back: `title`, `subtitle`, `style`, `cards`.

    `token`: of the look that it led to; only while the look is still that one can it be undone. `undone`: it has been.
    """

    __table_args__ = (Index("ix_lookchange_almanac_id_undone", "almanac_id", "undone"),)

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id")
    at: datetime = Field(sa_type=UtcDateTime)
    person: str = ""
    did: str
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    token: str
    undone: bool = False
