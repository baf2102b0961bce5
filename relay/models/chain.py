"""The chain over what was decided: each link seals one row, and the link before it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from relay.models.columns import TextEnum, UtcDateTime


class Fact(StrEnum):
    """Tables whose rows are chained; the values are their names in the database."""

    decision = "decision"
    event = "event"
    sign_off = "signoff"
    consent = "consent"


class LinkDeed(StrEnum):
    """`adopted`: the row was there before there was a chain. `changed`, `removed`: by the lawful way, for a reason."""

    added = "added"
    adopted = "adopted"
    changed = "changed"
    removed = "removed"


class ChainLink(SQLModel, table=True):
    """`position`: 1, 2, 3 …, without a hole. `shape`: which columns `content` seals (relay/chain/facts.py), keyed.

    `digest` seals the link and the digest of the one before. Of a row with several links the last one counts.
    """

    __table_args__ = (Index("ix_chainlink_fact_row_id_position", "fact", "row_id", "position"),)

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    fact: Fact = Field(sa_type=TextEnum(Fact, 16))
    row_id: int
    deed: LinkDeed = Field(sa_type=TextEnum(LinkDeed, 16))
    shape: int
    why: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    content: bytes
    digest: bytes


class ChainPermit(SQLModel, table=True):
    """A chained row that the unit of work at hand may change. None outlives it."""

    fact: Fact = Field(primary_key=True, sa_type=TextEnum(Fact, 16))
    row_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
