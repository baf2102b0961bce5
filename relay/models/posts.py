"""What was published, why it counts, and the videos in it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from relay.models.columns import NetworkJson, SentenceText, TextEnum, UtcDateTime, enum_type


class MatchKind(StrEnum):
    exact = "exact"
    near = "near"
    outside = "outside"


class NoVideo(StrEnum):
    """Why a post carries no video that Relay can fetch, those that most likely were meant to have one first.

    `hidden`: the network's public page doesn't show the post; `blocked`: its videos are known and can't be had;
    `elsewhere`: a link to a site with videos that Relay doesn't read; `link`: one to any other page.
    """

    hidden = "hidden"
    blocked = "blocked"
    broadcast = "broadcast"
    story = "story"
    playlist = "playlist"
    document = "document"
    elsewhere = "elsewhere"
    link = "link"
    article = "article"
    sound = "sound"
    other = "other"
    pictures = "pictures"
    text = "text"


class MatchPlace(StrEnum):
    """Where the tag stood, or how a post came in without it (Match.matched_in)."""

    text = "text"
    original = "original"
    video_title = "video title"
    video_description = "video description"
    tags = "tags"
    comment = "comment"
    handed_in = "handed in"


class Doubt(StrEnum):
    """Why a participant may have taken a clip back: what of it is gone (Sighting.lost), or the hand-in itself; or the
    database is out of an older backup, without the tombstones that say who took what back since (`restored`).
    """

    none = ""
    post = "post"
    video = "video"
    private = "private"
    hand_in = "hand-in"
    restored = "restored"


class VideoState(StrEnum):
    found = "found"
    fetching = "fetching"
    fetched = "fetched"
    unavailable = "unavailable"
    refused = "refused"
    gone = "gone"


class Post(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("network", "owner_id", "post_id"),)

    id: int | None = Field(default=None, primary_key=True)
    network: str = Field(max_length=16)
    owner_id: str
    post_id: str
    url: str
    text: str
    author_id: str = ""
    author: str = ""
    published_at: datetime = Field(sa_type=UtcDateTime, index=True)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the network last answered whether it is still there."""
    no_video: NoVideo | None = Field(default=None, sa_type=enum_type(NoVideo))
    """Why it shows no video, as far as the network's answer says; None where it shows one, or wasn't asked."""
    raw: dict[str, Any] = Field(default_factory=dict, sa_type=NetworkJson)


class Match(SQLModel, table=True):
    """`matched_in` says where the tag stood: a MatchPlace, what a source calls it, or `accepted by NAME`.

    `accepted_by`: who said of a near miss that it is ours; `turned_down`: who said that it is not. `put_aside`: who
    said of a post without a video that none is to be had.
    """

    __table_args__ = (
        UniqueConstraint("campaign_id", "post_id"),
        Index("ix_match_kind", "campaign_id", "kind", "turned_down"),
    )

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    kind: MatchKind = Field(sa_type=enum_type(MatchKind))
    matched_in: str = ""
    tag: str = ""
    """The tag as the author wrote it."""
    accepted_by: str = ""
    turned_down: str = ""
    put_aside: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class Video(SQLModel, table=True):
    """`duration` in seconds as the network says; `sha256` once its bytes are here; `lease_until` while someone fetches.

    Of the `attempts`, `unfinished` ended with their process, and say nothing of the network. `failed_checks`: how often
    the file came and could not be checked. `failures`: tries that failed since a video of its network came in last.
    """

    __table_args__ = (
        UniqueConstraint("network", "owner_id", "video_id"),
        Index("ix_video_state_next_try_at", "state", "next_try_at"),
        Index("ix_video_network_state", "network", "state"),
        Index("ix_video_fetched_at", "fetched_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    network: str = Field(max_length=16)
    owner_id: str
    video_id: str
    url: str
    title: str = ""
    description: str = ""
    author_id: str = ""
    author: str = ""
    access_key: str = ""
    kind: str = "video"
    duration: float | None = None
    state: VideoState = Field(default=VideoState.found, sa_type=enum_type(VideoState))
    reason: str = Field(default="", sa_type=SentenceText)
    attempts: int = 0
    unfinished: int = 0
    failed_checks: int = 0
    failures: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_holder: str = ""
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sha256: str | None = Field(default=None, max_length=64, index=True)
    bytes: int | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Sighting(SQLModel, table=True):
    """`missing_since`: a recheck did not find it; `lost_at`: a later one did not either, and `lost` says what is gone:
    the `post`, the `video` in it, or our leave to see it (`private`). `handed_in`: who gave the link to the video of a
    post that doesn't show it.
    """

    __table_args__ = (UniqueConstraint("post_id", "video_id"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    video_id: int = Field(foreign_key="video.id", index=True)
    position: int = 0
    missing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lost_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lost: Doubt = Field(default=Doubt.none, sa_type=TextEnum(Doubt))
    handed_in: str = ""
