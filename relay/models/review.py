"""What stands beside a decision: a colleague's opinion, what the participant is asked for, a second look."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from relay.models.columns import TextEnum, UtcDateTime
from relay.models.moderation import Verdict


class MendingState(StrEnum):
    """`answered`: something came, and waits for a moderator until `Mending.settled_by` says which decision that was."""

    open = "open"
    answered = "answered"
    called_off = "called off"


class LookState(StrEnum):
    """`waiting`: for a second person. `differs`: for a third one. `void`: the first decision counts no more."""

    waiting = "waiting"
    agreed = "agreed"
    differs = "differs"
    settled = "settled"
    void = "void"


class Question(SQLModel, table=True):
    """`asked_of`: the colleague who is meant, or empty for any. Answered by words, or by the `verdict` of a decision.

    `closed_at`: the asker has read the answer, or needs none any more.
    """

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    asked_by: str
    asked_of: str = ""
    text: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    answered_by: str = ""
    answer: str = ""
    verdict: Verdict | None = Field(default=None, sa_type=TextEnum(Verdict, 32))
    decision_id: int | None = Field(default=None, foreign_key="decision.id")
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Mending(SQLModel, table=True):
    """`asks`: codes of moderation.review.asks; `decision_id`: the decision by which the clip was returned.

    `nonce` makes the answer page's secret together with the server's key, `link_hash` is the sha256 of that secret.
    `brought`: what has come of it (`name`, `guardian`, `words`, `video`). `hand_in_id`: the one that the mended video
    comes by; `new_clip_id`: what it became, when that took the clip's place.
    """

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    asks: list[str] = Field(default_factory=list, sa_type=JSON)
    note: str = ""
    asked_by: str
    decision_id: int = Field(foreign_key="decision.id", index=True)
    nonce: str = Field(max_length=32)
    link_hash: str = Field(unique=True, max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)
    state: MendingState = Field(default=MendingState.open, sa_type=TextEnum(MendingState, 32))
    brought: list[str] = Field(default_factory=list, sa_type=JSON)
    words: str = ""
    hand_in_id: int | None = Field(default=None, foreign_key="handin.id", index=True)
    new_clip_id: int | None = Field(default=None, foreign_key="clip.id", index=True)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: int | None = Field(default=None, foreign_key="decision.id", index=True)


class SecondLook(SQLModel, table=True):
    """A decision that somebody else looks at once more. `reasons`: codes of moderation.review.looks."""

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    decision_id: int = Field(foreign_key="decision.id", index=True)
    first_by: str
    first: Verdict = Field(sa_type=TextEnum(Verdict, 32))
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    state: LookState = Field(default=LookState.waiting, sa_type=TextEnum(LookState, 32))
    at: datetime = Field(sa_type=UtcDateTime)
    second_by: str = ""
    second: Verdict | None = Field(default=None, sa_type=TextEnum(Verdict, 32))
    second_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    third_by: str = ""
    third: Verdict | None = Field(default=None, sa_type=TextEnum(Verdict, 32))
    third_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
