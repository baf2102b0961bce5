"""What clips and posts are found by, and what people do to many of them at once."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from relay.models.columns import Details, TextEnum, UtcDateTime

ByBytes = String().with_variant(String(collation="C"), "postgresql")
"""Text that is compared byte by byte on every database, so that an index answers what begins with a word."""


class SearchSubject(StrEnum):
    """A row of which table a word stands in. `heard`: a clip in which the word is said."""

    clip = "clip"
    post = "post"
    video = "video"
    heard = "heard"


class BulkKind(StrEnum):
    """What was done to many clips at once."""

    decide = "decide"
    edit = "edit"
    tag = "tag"
    untag = "untag"


class SavedList(StrEnum):
    """The list that a saved view is of."""

    clips = "clips"
    posts = "posts"


class SearchWord(SQLModel, table=True):
    """A word of a row's texts, or what is left of it without its ending (language/stems.py)."""

    __table_args__ = (
        Index("ix_searchword_subject_number", "subject", "number"),
        {"sqlite_with_rowid": False},
    )

    subject: SearchSubject = Field(primary_key=True, sa_type=TextEnum(SearchSubject, 8))
    word: str = Field(primary_key=True, sa_type=ByBytes)
    number: int = Field(primary_key=True)


class SearchChange(SQLModel, table=True):
    """A row whose texts changed since its words were written down. Triggers of the database write it."""

    id: int | None = Field(default=None, primary_key=True)
    subject: SearchSubject = Field(sa_type=TextEnum(SearchSubject, 8))
    number: int


class ClipTag(SQLModel, table=True):
    """`tag`: in small letters."""

    __table_args__ = (UniqueConstraint("clip_id", "tag"),)

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id")
    tag: str = Field(max_length=40, index=True)
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class SavedView(SQLModel, table=True):
    """`query`: as it stands in the address. `shared`: everybody of the campaign sees it."""

    __table_args__ = (UniqueConstraint("campaign_id", "account_id", "subject", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    account_id: int = Field(foreign_key="account.id")
    subject: SavedList = Field(sa_type=TextEnum(SavedList, 8))
    name: str = Field(max_length=60)
    query: str
    shared: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)


class BulkChange(SQLModel, table=True):
    """`what`: the verdict, the tag, or the fields. `clips`: how many it changed.

    `left`: `[{clip, why}]`, those that it did not, and after undoing it those that were not put back.
    """

    __table_args__ = (Index("ix_bulkchange_campaign_id_person", "campaign_id", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    person: str
    kind: BulkKind = Field(sa_type=TextEnum(BulkKind, 8))
    what: str
    clips: int = 0
    left: list[dict[str, Any]] = Field(default_factory=list, sa_type=Details)
    at: datetime = Field(sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BulkStep(SQLModel, table=True):
    """What a BulkChange did to one clip. `before` and `after`: of the fields that it changed. `undone`: put back."""

    __table_args__ = (UniqueConstraint("change_id", "clip_id"),)

    id: int | None = Field(default=None, primary_key=True)
    change_id: int = Field(foreign_key="bulkchange.id")
    clip_id: int = Field(foreign_key="clip.id", index=True)
    decision_id: int | None = Field(default=None, foreign_key="decision.id")
    consent_id: int | None = Field(default=None, foreign_key="consent.id")
    before: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    after: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    undone: bool = False
