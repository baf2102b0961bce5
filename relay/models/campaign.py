"""What is collected, and until when."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from relay.models.columns import UtcDateTime, enum_type


class CampaignState(StrEnum):
    draft = "draft"
    running = "running"
    stopped = "stopped"
    archived = "archived"


class Campaign(SQLModel, table=True):
    """`opens_at` and `closes_at` bound the window that counts, both inclusive; `tz` is an IANA zone name."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=64)
    title: str
    hashtags: list[str] = Field(default_factory=list, sa_type=JSON)
    aliases: list[str] = Field(default_factory=list, sa_type=JSON)
    opens_at: datetime = Field(sa_type=UtcDateTime)
    closes_at: datetime = Field(sa_type=UtcDateTime)
    tz: str
    language: str = Field(default="ru", max_length=8)
    state: CampaignState = Field(default=CampaignState.draft, sa_type=enum_type(CampaignState))
    held: bool = False
    """Stopped by hand before its closing time: it does not start again by itself."""
    last_sweep_due: bool = False
    """Stopped, but the one last sweep after the stop has not been made yet."""
    hand_in: bool = False
    """Whether the public hand-in page is open."""
    comments: bool = False
    """Whether comments are searched for the tag too (each costs calls)."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
