"""What stands below a clip's videos, and which of its posts says most: people write the same thing in three places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import col, select

from relay.context import Relay
from relay.models import ClipVideo, Video
from relay.moderation.desk import ClipPostView
from relay.store import run


@dataclass(frozen=True, slots=True)
class VideoText:
    """Title and description of a video, as its network shows them."""

    title: str
    description: str


_OF_CLIP = (
    select(Video.title, Video.description)
    .join(ClipVideo, col(ClipVideo.video_id) == col(Video.id))
    .where(col(ClipVideo.clip_id) == bindparam("clip"))
    .order_by(col(Video.id))
)


def of_clip(relay: Relay, clip_id: int) -> list[VideoText]:
    """The texts of a clip's videos, each once, the longest description first; those that say nothing are left out."""
    with relay.reading() as session:
        rows = run(session, _OF_CLIP, clip=clip_id).all()
    texts = dict.fromkeys(VideoText(title.strip(), description.strip()) for title, description in rows)
    return sorted((text for text in texts if text.title or text.description), key=lambda text: -len(text.description))


def unsaid(texts: Iterable[VideoText], posts: Iterable[ClipPostView]) -> list[VideoText]:
    """The texts without what stands in a post already."""
    said = {" ".join(post.text.split()) for post in posts}
    return [text for text in texts if " ".join((text.description or text.title).split()) not in said]


def fullest_first(posts: Iterable[ClipPostView]) -> list[ClipPostView]:
    """The post that says most, before the others in their order."""
    listed = list(posts)
    if not listed:
        return []
    fullest = max(listed, key=lambda post: len(post.text.strip()))
    return [fullest, *(post for post in listed if post is not fullest)]
