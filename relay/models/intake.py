"""What was handed in, and the one look at each file."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, LargeBinary
from sqlmodel import Field, SQLModel

from relay.models.columns import Blob, SentenceText, TextEnum, UtcDateTime, enum_type
from relay.models.moderation import TextOrigin


class Finding(StrEnum):
    """What the one look at a file said."""

    accepted = "accepted"
    review = "review"
    refused = "refused"


class HandInState(StrEnum):
    begun = "begun"
    waiting = "waiting"
    taken_in = "taken in"
    refused = "refused"
    withdrawn = "withdrawn"


class Inspection(SQLModel, table=True):
    """The one look at a file. Width, height: as displayed (rotation and pixel shape applied), in pixels.

    `duration`: seconds of picture that really decoded. `loudness`: LUFS integrated, None when silent or mute;
    `peak`: dBTP. `flags`: what a moderator should know (see intake/inspect.py for the list).
    `technical`: codec, pixel format, transfer, rotation, fps, scan, audio layout… as measured.
    `prints`: frame fingerprints, 32 bytes each, two per second.
    `poster`, `storyboard`, `proxy`: keys in the media store, empty when refused. `sums`: of each key [bytes, sha256].
    `print_segment`: the PrintSegment whose tables hold what the file is known by; 0: none does; None: none yet.
    """

    sha256: str = Field(primary_key=True, max_length=64)
    bytes: int
    finding: Finding = Field(sa_type=enum_type(Finding))
    reason: str = Field(default="", sa_type=SentenceText)
    duration: float = 0.0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    has_audio: bool = False
    loudness: float | None = None
    peak: float | None = None
    flags: list[str] = Field(default_factory=list, sa_type=JSON)
    technical: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    prints: Blob | None = Field(default=None, sa_type=LargeBinary)
    poster: str = ""
    storyboard: str = ""
    proxy: str = ""
    sums: dict[str, list[Any]] = Field(default_factory=dict, sa_type=JSON)
    print_segment: int | None = Field(default=None, index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class HandIn(SQLModel, table=True):
    """`number` stands on the receipt; `link_hash` is the sha256 of its private link's secret, which is kept nowhere.

    `url`: a link that was handed in; otherwise a file of `bytes_total`, of which `bytes_here` have arrived.
    `consent`: the sentences that the participant agreed to, word for word; `guardian`: who agreed for a child.
    `tries` to check the file, or to look the link up, told nothing so far, the last of them at `tried_at`.
    `visitor`: a keyed digest of the address that it came from, for the limits; of no use without the key.
    """

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    number: str = Field(unique=True, max_length=16)
    link_hash: str = Field(unique=True, max_length=64)
    state: HandInState = Field(default=HandInState.begun, sa_type=enum_type(HandInState))
    reason: str = Field(default="", sa_type=SentenceText)
    url: str = ""
    file_name: str = ""
    bytes_total: int = 0
    bytes_here: int = 0
    name: str = ""
    town: str = ""
    district: str = ""
    age: str = ""
    quote: str = ""
    origin: TextOrigin = Field(default=TextOrigin.unknown, sa_type=TextEnum(TextOrigin))
    text_author: str = ""
    contact: str = ""
    consent: str = ""
    guardian: str = ""
    language: str = Field(default="ru", max_length=8)
    visitor: str = Field(default="", max_length=64, index=True)
    post_id: int | None = Field(default=None, foreign_key="post.id")
    video_id: int | None = Field(default=None, foreign_key="video.id", index=True)
    tries: int = 0
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
