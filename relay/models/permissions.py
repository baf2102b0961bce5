"""What a film may use: the campaign's rule, the author who is asked by a link, the person who takes it upon them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from relay.models.columns import UtcDateTime


class ConsentWay(StrEnum):
    """How a consent came: `noted` by a moderator, by the hand-in's or the answer page's `form`, by a `link` of its own.

    `unknown`: before it was kept.
    """

    unknown = ""
    noted = "noted"
    form = "form"
    link = "link"


class FilmReach(StrEnum):
    """Where a film goes besides being shown by the campaign."""

    broadcast = "broadcast"
    abroad = "abroad"


class ConsentAsk(SQLModel, table=True):
    """The author of a clip is asked what may be done with it, by a link that ends at `expires_at`.

    `nonce` makes the link's secret together with the server's key, `link_hash` is the sha256 of that secret.
    `answered_at`: last; each answer is a Consent. `revoked_at`: the link shows nothing any more.
    """

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    asked_by: str
    nonce: str = Field(max_length=32)
    link_hash: str = Field(unique=True, max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PermissionOverride(SQLModel, table=True):
    """A named person takes it upon them that a clip lacks permission. Appended; the newest row of a clip counts.

    `lacks`: what was lacking (values of relay.permissions.rules.Lack), none: it is taken back. `consent_id`: the
    consent that counted then, 0 for none; with another one it has to be looked at again.
    """

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    lacks: list[str] = Field(default_factory=list, sa_type=JSON)
    consent_id: int = 0
    person: str
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)
