"""Who stands behind a campaign's films, with their emblems, and what it takes to undo a change of a film's looks."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from relay.models.columns import UtcDateTime


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
