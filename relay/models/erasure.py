"""What was erased for its participant, and what keeps it from coming back."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from relay.models.columns import Blob, TextEnum, UtcDateTime


class TombstoneKind(StrEnum):
    """What a tombstone knows again: the bytes of a file, a network's video or post, a recording by its looks."""

    bytes = "bytes"
    video = "video"
    post = "post"
    recording = "recording"


class ErasureCause(StrEnum):
    """Why a clip was erased: it was withdrawn, its post is gone and a person has confirmed it, one person's whole data
    was erased, or an older backup had brought it back.
    """

    withdrawn = "withdrawn"
    post_gone = "post gone"
    person = "person"
    restored = "restored"


class Tombstone(SQLModel, table=True):
    """`digest`: keyed (relay/tombstones/key.py), so that nobody without the key can ask it about a video.

    `sealed`: prints of a recording, encrypted with that key. `erasure`: the number of the Erasure that set it.
    `lifted_at`: it keeps nothing out any more, since `lifted_by` said that its participant brings it back.
    """

    __table_args__ = (UniqueConstraint("kind", "digest"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: TombstoneKind = Field(sa_type=TextEnum(TombstoneKind, 16))
    digest: str = Field(max_length=64)
    sealed: Blob | None = Field(default=None, sa_type=LargeBinary)
    erasure: str = Field(default="", max_length=16, index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lifted_by: str = ""


class Erasure(SQLModel, table=True):
    """One clip on its way out: `number` stands on the certificate.

    `sha256`: of the bytes that go, until nothing of them is left; then it is empty, and `digest`, which is keyed, has
    taken its place in every row. `films`: the versions that showed it, `{render, almanac, version, wanted, made}`:
    whether another version is wanted instead, and its number once it is there. `removed`: files by place, `bytes`
    together. `tries`: of a step that failed, the last one because of `trouble`.
    """

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=16)
    clip_id: int = Field(foreign_key="clip.id", unique=True)
    cause: ErasureCause = Field(sa_type=TextEnum(ErasureCause, 16))
    person: str = ""
    sha256: str = Field(default="", max_length=64, index=True)
    digest: str = Field(default="", max_length=64, index=True)
    films: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    removed: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    bytes: int = Field(default=0, sa_type=BigInteger)
    tries: int = 0
    trouble: str = ""
    asked_at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
