"""What a moderator proposes for a clip's picture, and what keeps typed things from being lost or counted twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from relay.models.columns import UtcDateTime


class ClipReview(SQLModel, table=True):
    """Appended; the newest row of a clip counts. `previous`: the row that it was made from, which undoing puts back.

    `begins`, `ends`: milliseconds of the clip, None for its own beginning and end. `turn`: degrees clockwise, in
    quarters, for a video that lies on its side. `poster_at`: milliseconds of the picture chosen as its poster.
    `editor_note`: for whoever makes the film.
    """

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    begins: int | None = None
    ends: int | None = None
    turn: int = 0
    poster_at: int | None = None
    editor_note: str = ""
    previous: int | None = Field(default=None, foreign_key="clipreview.id")
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class SentDecision(SQLModel, table=True):
    """A form that was decided with: sent again (a lost answer, an offline browser), its `key` says that it counted."""

    key: str = Field(primary_key=True, max_length=64)
    decision_id: int = Field(foreign_key="decision.id", index=True)


class KeptForm(SQLModel, table=True):
    """What somebody had typed when their session ended, until they have signed in and sent it again.

    `token_hash`: sha256 of what stands in the address. `path`: where it was to be sent to.
    """

    token_hash: str = Field(primary_key=True, max_length=64)
    account_id: int = Field(foreign_key="account.id", index=True)
    path: str
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)
