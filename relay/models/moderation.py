"""Clips, what was decided of them, and who may decide."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Column,
    Dialect,
    Index,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from relay.models.columns import SentenceText, TextEnum, UtcDateTime, enum_type
from relay.models.permissions import ConsentWay
from relay.models.posts import Doubt


class ClipState(StrEnum):
    awaiting = "awaiting"
    approved = "approved"
    rejected = "rejected"
    later = "later"
    withdrawn = "withdrawn"


class Verdict(StrEnum):
    approve = "approve"
    reject = "reject"
    later = "later"
    undo = "undo"
    withdraw = "withdraw"
    keep = "keep"
    send_back = "return"


class ConsentScope(StrEnum):
    """What may be done with a clip; `refused`: the participant said no."""

    archive = "archive"
    film = "film"
    public = "public"
    refused = "refused"


class TextOrigin(StrEnum):
    """Where the text is from that is read.

    `selection`: the campaign's; `family`: a family's letters or diaries; `relative`: told or remembered by a relative
    or a friend; `own`: the reader's own memories; `book`: published elsewhere; `unknown`: nobody said.
    """

    unknown = ""
    selection = "selection"
    family = "family"
    relative = "relative"
    own = "own"
    book = "book"


class Role(StrEnum):
    organizer = "organizer"
    moderator = "moderator"
    editor = "editor"
    viewer = "viewer"


_DOUBTED = text("doubt != ''")


class Clip(SQLModel, table=True):
    """`name`, `town`, `district`, `age`: the participant, as credited; `relation`: who they are (a pupil of class 5,
    somebody's granddaughter). `quote`: which text is read, if known; `origin`: where it is from, as somebody said
    (relay/recordings/origins.py tells what follows from `quote`); `text_author`: whose words they are.

    `doubt`: why its participant may have taken it back (a Sighting's `lost`); such a clip is in no film.
    `corrected`: which of these a person has corrected, so that no hand-in writes over it. `handed_in`: the number of
    the hand-in that it came by first, empty for the organizer's file, None when nobody handed it in.
    `shots_failed`: its shots can't be encoded, and are not tried ahead of a render any more.
    """

    __table_args__ = (
        UniqueConstraint("campaign_id", "sha256"),
        Index("ix_clip_queue", "campaign_id", "state", "published_at", "id"),
        Index("ix_clip_published", "campaign_id", "published_at", "id"),
        Index("ix_clip_state_created_at", "state", "created_at"),
        Index("ix_clip_town", "campaign_id", "town", "district"),
        Index("ix_clip_district", "campaign_id", "district"),
        Index("ix_clip_doubt", "campaign_id", "doubt", sqlite_where=_DOUBTED, postgresql_where=_DOUBTED),
        Index(
            "ix_clip_shots_failed",
            "campaign_id",
            sqlite_where=text("shots_failed = 1"),
            postgresql_where=text("shots_failed"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    sha256: str = Field(foreign_key="inspection.sha256", max_length=64, index=True)
    video_id: int = Field(foreign_key="video.id", index=True)
    """The video that the clip was first made from; ClipVideo has them all."""
    state: ClipState = Field(default=ClipState.awaiting, sa_type=enum_type(ClipState))
    reason: str = Field(default="", sa_type=SentenceText)
    doubt: Doubt = Field(default=Doubt.none, sa_type=TextEnum(Doubt))
    family: int | None = Field(default=None, index=True)
    """The smallest clip id of the family; None while the clip is alone."""
    name: str = ""
    town: str = ""
    district: str = ""
    age: str = ""
    relation: str = ""
    quote: str = ""
    origin: TextOrigin = Field(default=TextOrigin.unknown, sa_type=TextEnum(TextOrigin))
    text_author: str = ""
    corrected: list[str] = Field(default_factory=list, sa_type=JSON)
    handed_in: str | None = None
    shots_failed: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime = Field(sa_type=UtcDateTime)
    """When the first post with it was published: the order of the queue and of a film made of all."""


class ClipVideo(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("clip_id", "video_id"),)

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    video_id: int = Field(foreign_key="video.id", index=True)


class Decision(SQLModel, table=True):
    """`undoes`: the decision that an `undo` takes back. `doubt`: the clip's, which the decision settled."""

    __table_args__ = (
        Index("ix_decision_person_id", "person", "id"),
        Index("ix_decision_person_at", "person", "at"),
        Index("ix_decision_at", "at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    verdict: Verdict = Field(sa_type=enum_type(Verdict))
    from_state: ClipState = Field(sa_type=enum_type(ClipState))
    to_state: ClipState = Field(sa_type=enum_type(ClipState))
    person: str
    reason: str = Field(default="", sa_type=SentenceText)
    previous_reason: str = Field(default="", sa_type=SentenceText)
    doubt: Doubt = Field(default=Doubt.none, sa_type=TextEnum(Doubt))
    undoes: int | None = Field(default=None, foreign_key="decision.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class Consent(SQLModel, table=True):
    """`scope`: what may be done; `evidence`: where that is written. `archive`, `broadcast`, `abroad`: None where nobody
    was asked about it by itself.

    `until`: the last day on which it holds, in the campaign's zone. `minor`: the author said so; `guardian`: who agreed
    for a child. `words`: the sentences as they were shown, in `language`, and `name`: who agreed to them. `visitor`: a
    keyed digest of the address that it came from.
    """

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    scope: ConsentScope = Field(sa_type=TextEnum(ConsentScope))
    evidence: str = ""
    person: str
    at: datetime = Field(sa_type=UtcDateTime)
    archive: bool | None = None
    broadcast: bool | None = None
    abroad: bool | None = None
    until: date | None = None
    minor: bool = False
    guardian: str = ""
    way: ConsentWay = Field(default=ConsentWay.unknown, sa_type=TextEnum(ConsentWay, 16))
    words: str = ""
    name: str = ""
    language: str = Field(default="", max_length=8)
    visitor: str = Field(default="", max_length=64)


class OptionalRole(TypeDecorator[Role]):
    """A role, or None, which is stored as an empty text: the column is of a time when every account had one."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: Role | None, dialect: Dialect) -> str:  # noqa: ARG002
        return "" if value is None else Role(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Role | None:  # noqa: ARG002
        return Role(value) if value else None


class Account(SQLModel, table=True):
    """`role`: what the person may do in every campaign, unless a CampaignRole says otherwise; None: nothing.

    `password_hash` empty: nobody has chosen a password yet.
    """

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True, max_length=64)
    name: str
    role: Role | None = Field(sa_column=Column(OptionalRole(), nullable=False))
    password_hash: str
    language: str = Field(default="ru", max_length=8)
    active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class SignInTry(SQLModel, table=True):
    """`key`: a digest of login and address, because people type passwords into the login field."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(index=True, max_length=24)
    at: datetime = Field(sa_type=UtcDateTime)


class WebSession(SQLModel, table=True):
    """`token_hash`: sha256 of the cookie's value; whoever reads the database can't sign in with it.

    `browser` and `address`: from where, as the person may know it again; the address without its last part.
    """

    token_hash: str = Field(primary_key=True, max_length=64)
    account_id: int = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    browser: str = Field(default="", max_length=64)
    address: str = Field(default="", max_length=64)
