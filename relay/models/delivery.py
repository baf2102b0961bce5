"""Finished versions of a film, and what people said of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from relay.models.columns import TextEnum, UtcDateTime


class Render(SQLModel, table=True):
    """`file` and `manifest`: paths below the data folder. `frames`: of the film; `seconds`: it took to make.

    `closed_at`: since then it is shown to nobody, because a clip in it was erased; its files are gone.
    """

    __table_args__ = (UniqueConstraint("almanac_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    version: int
    file: str
    manifest: str
    sha256: str = Field(max_length=64)
    frames: int
    fps: float
    loudness: float | None = None
    shots_encoded: int
    shots_reused: int
    seconds: float
    format: str = ""
    """What differs from the house format, as a person named it: `9:16`, `4k`…"""
    poster: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Recall(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("render_id", "clip_id"),)

    id: int | None = Field(default=None, primary_key=True)
    render_id: int = Field(foreign_key="render.id", index=True)
    clip_id: int = Field(foreign_key="clip.id")
    at: datetime = Field(sa_type=UtcDateTime)


class Remark(SQLModel, table=True):
    """`frame`: of the film, None for the whole of it; `until_frame`: the last one of a range. `done_at`: when somebody
    had dealt with it; `opened_at`: when it was last opened again.

    `sign_off_id`: by whose link it was written; None for a person of the desk. `drawing`: strokes over the frame, see
    relay/almanac/delivery/reviewing/drawing.py.
    """

    id: int | None = Field(default=None, primary_key=True)
    render_id: int = Field(foreign_key="render.id", index=True)
    frame: int | None = None
    text: str
    person: str
    sign_off_id: int | None = Field(default=None, foreign_key="signoff.id")
    at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by: str = ""
    until_frame: int | None = None
    drawing: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    opened_by: str = ""


class SignOffVerdict(StrEnum):
    """`none` while nobody has answered."""

    none = ""
    agreed = "agreed"
    remarks = "remarks"


class SignOff(SQLModel, table=True):
    """`link_hash`: sha256 of the link's secret, which is kept nowhere. `sha256`: of the film that was shown.

    `evidence`: how the verdict was given (time, digest of the film).
    """

    id: int | None = Field(default=None, primary_key=True)
    render_id: int = Field(foreign_key="render.id", index=True)
    sha256: str = Field(max_length=64)
    link_hash: str = Field(unique=True, max_length=64)
    person: str
    position: str = ""
    invited_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verdict: SignOffVerdict = Field(default=SignOffVerdict.none, sa_type=TextEnum(SignOffVerdict, 16))
    words: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
