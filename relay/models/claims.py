"""Who has which clip before them just now, and who is at the desk."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from relay.models.columns import UtcDateTime


class Claim(SQLModel, table=True):
    """One for each clip, which the key sees to. `page`: the page that opened it last; only that page gives it back."""

    clip_id: int = Field(primary_key=True, foreign_key="clip.id", sa_column_kwargs={"autoincrement": False})
    person: str = Field(index=True)
    page: str = Field(default="", max_length=32)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)


class Presence(SQLModel, table=True):
    """A person looked at a page of the campaign's desk at `seen_at`."""

    __table_args__ = (UniqueConstraint("campaign_id", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    person: str
    seen_at: datetime = Field(sa_type=UtcDateTime)
