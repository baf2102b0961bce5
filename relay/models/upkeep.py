"""What happened, what needs a person, and who does a thing now."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from relay.models.columns import UtcDateTime


class Event(SQLModel, table=True):
    __table_args__ = (Index("ix_event_subject_subject_id", "subject", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    subject: str
    """`campaign`, `source`, `post`, `video`, `clip`, `almanac`."""
    subject_id: int
    what: str
    person: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Alert(SQLModel, table=True):
    """Open while `resolved_at` is None; the same trouble again only raises `times`."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    text: str
    action_url: str = ""
    times: int = 1
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Delivery(SQLModel, table=True):
    """`channel`: `mail` or `webhook`. `sent_at` None: still to be sent, not before `next_try_at`."""

    __table_args__ = (Index("ix_delivery_sent_at_next_try_at", "sent_at", "next_try_at"),)

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", index=True)
    channel: str = Field(max_length=16)
    text: str
    action_url: str = ""
    attempts: int = 0
    reason: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_try_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Lease(SQLModel, table=True):
    name: str = Field(primary_key=True)
    holder: str
    until: datetime = Field(sa_type=UtcDateTime)
    fence: int = 1
