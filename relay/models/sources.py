"""Where posts are looked for, what each reading saw, and what a network's tokens may still do."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from relay.models.columns import SentenceText, UtcDateTime, enum_type


class SourceState(StrEnum):
    active = "active"
    paused = "paused"
    attention = "attention"
    gone = "gone"


class Source(SQLModel, table=True):
    """`high_water` is a time: everything published up to it had its chance to be seen (never an id)."""

    __table_args__ = (UniqueConstraint("campaign_id", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    address: str
    """Canonical spelling, e.g. `vk:club1`, `vk:tag`."""
    network: str = Field(max_length=16)
    owner_id: str = ""
    """The network's own id of the place; empty for a search."""
    title: str = ""
    district: str = ""
    state: SourceState = Field(default=SourceState.active, sa_type=enum_type(SourceState))
    reason: str = Field(default="", sa_type=SentenceText)
    high_water: datetime | None = Field(default=None, sa_type=UtcDateTime)
    covered_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_sweep_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reread_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The next sweep goes back to here: a hole, the nightly second look, a count that does not add up."""
    failures: int = 0
    """Sweeps in a row that ended in a fault."""
    posts_total: int | None = None
    """What the network last said it holds."""
    unseen: int = 0
    """Posts that its counts told of, sweep after sweep, and no reading showed."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Sweep(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id", index=True)
    started_at: datetime = Field(sa_type=UtcDateTime, index=True)
    finished_at: datetime = Field(sa_type=UtcDateTime)
    covers_from: datetime = Field(sa_type=UtcDateTime)
    covers_to: datetime = Field(sa_type=UtcDateTime)
    complete: bool
    """False: a fault ended it, and the interval is not covered by it."""
    deep: bool = False
    posts_seen: int = 0
    posts_matched: int = 0
    posts_new: int = 0
    requests: int = 0
    posts_total: int | None = None
    """What the network said at the beginning of the sweep."""
    fresh: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    """Posts published since the reading before, by day in the campaign's zone, each post once."""
    fault: str = Field(default="", sa_type=SentenceText)


class Spotting(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("post_id", "source_id"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    source_id: int = Field(foreign_key="source.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class HiddenPost(SQLModel, table=True):
    """A source read a post without its text, and people were told of its link, `url`.

    `shown`: another source of the campaign has shown it since; once this one does, the row goes.
    """

    __table_args__ = (UniqueConstraint("source_id", "url"),)

    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id", index=True)
    url: str
    shown: bool = False


class CommentCount(SQLModel, table=True):
    """`post`: `OWNER_NUMBER`, of a post that need not be ours; `comments`: so many it had when they were read last."""

    source_id: int = Field(primary_key=True, foreign_key="source.id")
    post: str = Field(primary_key=True)
    comments: int


class Parking(SQLModel, table=True):
    """`key`: see errors.Parked. A token stands here by a digest, never by itself."""

    key: str = Field(primary_key=True)
    reason: str = Field(sa_type=SentenceText)
    until: datetime = Field(sa_type=UtcDateTime)


class Spending(SQLModel, table=True):
    token: str = Field(primary_key=True, max_length=16)
    method: str = Field(primary_key=True, max_length=64)
    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    calls: int = 0


class Pace(SQLModel, table=True):
    token: str = Field(primary_key=True, max_length=16)
    next_at: datetime = Field(sa_type=UtcDateTime)
