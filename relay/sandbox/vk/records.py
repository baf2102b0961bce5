"""What VK keeps: owners, videos, posts and comments. Each is replaced when something about it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple


class Key(NamedTuple):
    """What names a post or a video on VK: its owner (negative for a public) and its number there."""

    owner_id: int
    id: int

    def __str__(self) -> str:
        return f"{self.owner_id}_{self.id}"


class OwnerState(StrEnum):
    """`closed`: for members or friends only. `blocked`: by VK."""

    open = "open"
    closed = "closed"
    blocked = "blocked"
    deleted = "deleted"


@dataclass(frozen=True, slots=True)
class Owner:
    """A resident (`id` positive) or a public (`id` negative)."""

    id: int
    screen_name: str
    name: str
    last_name: str = ""
    town: str = ""
    sex: int = 0
    state: OwnerState = OwnerState.open
    kind: str = "page"

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}".strip()


class VkVideoState(StrEnum):
    """`private`: for friends only. `restricted`: by VK."""

    ready = "ready"
    processing = "processing"
    private = "private"
    restricted = "restricted"
    deleted = "deleted"


@dataclass(frozen=True, slots=True)
class VkVideo:
    """A video. `kind`, in VK's words: video, short_video (a clip), live."""

    key: Key
    path: Path
    uploaded_at: datetime
    number: int
    """The one number that the video servers know it by."""
    title: str = ""
    description: str = ""
    kind: str = "video"
    state: VkVideoState = VkVideoState.ready
    width: int = 0
    height: int = 0
    duration: int = 0
    user_id: int = 0
    platform: str = ""
    access_key: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """What a post carries beside VK's own videos. `kind`: link, doc, story, video_playlist, photo, poll. `link`: where
    a link leads to; `path`: a document's file.
    """

    kind: str
    link: str = ""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class VkPost:
    key: Key
    from_id: int
    at: datetime
    text: str = ""
    videos: tuple[Key, ...] = ()
    edited_at: datetime | None = None
    signer_id: int = 0
    pinned: bool = False
    repost_of: Key | None = None
    indexed: bool = True
    donut: bool = False
    deleted: bool = False
    attached: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class VkComment:
    """`answers`: the comment that it answers, 0 for one below the post itself."""

    id: int
    from_id: int
    at: datetime
    text: str
    answers: int = 0
    deleted: bool = False
