"""Words of the moderators' own on clips. Written in small letters, so that one word is one tag."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from relay.errors import Refused
from relay.language.text import one_line
from relay.models import ClipTag
from relay.search.filters import UNKNOWN
from relay.store import add_rows

LONGEST_TAG = 40


def spelled(tag: str) -> str:
    """A tag as it is kept. Raises Refused for one without a letter."""
    kept = one_line(tag.lstrip("# "), LONGEST_TAG).casefold()[:LONGEST_TAG]
    if not kept or kept == UNKNOWN:
        raise Refused("Write the tag, in a word or a few.")
    return kept


def add(session: Session, clip_id: int, tag: str, *, person: str, now: datetime) -> bool:
    """Inside a unit of work: whether the clip did not have it."""
    return bool(add_rows(session, ClipTag, [{"clip_id": clip_id, "tag": tag, "person": person, "at": now}]))


def remove(session: Session, clip_id: int, tag: str) -> bool:
    """Inside a unit of work: whether the clip had it."""
    gone = session.exec(delete(ClipTag).where(col(ClipTag.clip_id) == clip_id, col(ClipTag.tag) == tag))
    return bool(gone.rowcount)
