"""What the database says of a clip that is erased: its hash gives way to a keyed one, and what describes it goes.

That there was a clip, who decided what and when, and the consent, stays: it is the record, and shows nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import String, cast, delete, update
from sqlmodel import Session, col, select

from relay.chain import links
from relay.context import Relay
from relay.erasure.target import ErasureTarget
from relay.models import (
    Caption,
    CaptionVersion,
    Clip,
    ClipReview,
    ClipVideo,
    CommonPiece,
    Erasure,
    Event,
    EventKind,
    EventSubject,
    Finding,
    HeardRecording,
    HearingTry,
    Inspection,
    Post,
    ReadingProposal,
    ReadingSearch,
    RecordingPrint,
    SearchSubject,
    SearchWord,
    Sighting,
    Video,
    need_id,
)
from relay.records import add_event
from relay.sources.networks import HAND_IN
from relay.tombstones.stones import KEPT_OUT

FORGOTTEN = "erased"
"""Why rows of the record were written anew."""
DESCRIBING = (Caption, CaptionVersion, ClipReview, CommonPiece, ReadingProposal, ReadingSearch)
"""Tables whose rows tell what is said or seen in one clip."""


def erase(relay: Relay, target: ErasureTarget) -> None:
    """In one unit of work; afterwards the hash stands nowhere in the database. Repeating it changes nothing."""
    with relay.transaction() as session:
        _blank_look(relay, session, target)
        clips, videos = col(Clip.sha256) == target.sha256, col(Video.sha256) == target.sha256
        session.exec(update(Clip).where(clips).values(sha256=target.digest))
        session.exec(update(Video).where(videos).values(sha256=target.digest))
        _rename_hand_ins(session, target)
        session.exec(delete(RecordingPrint).where(col(RecordingPrint.sha256) == target.sha256))
        session.exec(delete(HeardRecording).where(col(HeardRecording.sha256) == target.sha256))
        session.exec(delete(HearingTry).where(col(HearingTry.sha256) == target.sha256))
        heard = col(SearchWord.subject) == SearchSubject.heard, col(SearchWord.number).in_(target.clips)
        session.exec(delete(SearchWord).where(*heard))
        session.exec(delete(Inspection).where(col(Inspection.sha256) == target.sha256))
        for table in DESCRIBING:
            session.exec(delete(table).where(col(table.clip_id).in_(target.clips)))
        _blank_answers(session, target)
        rewrite_events(relay, session, target)
        _done_together(session, target)


def _done_together(session: Session, target: ErasureTarget) -> None:
    """The same file in several campaigns is several clips, each with an erasure, and goes once."""
    own = session.get_one(Erasure, target.erasure_id)
    for row in session.exec(select(Erasure).where(Erasure.sha256 == target.sha256)).all():
        row.sha256 = ""
        if row.id != own.id:
            row.removed, row.bytes = dict(own.removed), own.bytes
            row.films = [{**film, "wanted": False} for film in own.films]
        session.add(row)


def finish(relay: Relay, target: ErasureTarget) -> None:
    """Nothing is left: this is said in the record, once."""
    with relay.transaction() as session:
        row = session.get_one(Erasure, target.erasure_id)
        if row.done_at is not None:
            return
        row.done_at, row.trouble = relay.now(), ""
        session.add(row)
        about = (EventSubject.clip, row.clip_id)
        told = {"number": row.number, "removed": row.removed, "bytes": row.bytes}
        add_event(session, relay.now(), about, EventKind.erased, row.person, **told)


def rewrite_events(relay: Relay, session: Session, target: ErasureTarget) -> list[int]:
    """The hash in details of events gives way, which the record tells; returns their ids."""
    found = _events_with(session, target.sha256)
    numbers = [need_id(event) for event in found]
    with links.rewriting(session, Event, numbers, why=FORGOTTEN, at=relay.now()):
        for event in found:
            event.details = _with_other_hash(event.details, target)
            session.add(event)
    return numbers


def _events_with(session: Session, sha256: str) -> Sequence[Event]:
    return session.exec(select(Event).where(cast(Event.details, String).contains(sha256))).all()


def _with_other_hash(details: dict[str, Any], target: ErasureTarget) -> dict[str, Any]:
    told = json.dumps(details, default=str, ensure_ascii=False)
    return dict(orjson.loads(told.replace(target.sha256, target.digest)))


def _blank_look(relay: Relay, session: Session, target: ErasureTarget) -> None:
    """The row that stands in for the look at the file: a clip has to stand on one."""
    if session.get(Inspection, target.digest) is None:
        blank = Inspection(sha256=target.digest, bytes=0, finding=Finding.refused, reason=KEPT_OUT, at=relay.now())
        session.add(blank)
        session.flush()


def _rename_hand_ins(session: Session, target: ErasureTarget) -> None:
    """Videos and posts that stand for a file are called by its hash."""
    for table, number in ((Video, "video_id"), (Post, "post_id")):
        named = select(table).where(table.network == HAND_IN, getattr(table, number) == target.sha256)
        for row in session.exec(named).all():
            setattr(row, number, target.digest)
            row.url = f"{HAND_IN}:{target.digest}"
            session.add(row)
    session.flush()


def _blank_answers(session: Session, target: ErasureTarget) -> None:
    """What networks answered, word for word, about posts that carried nothing else."""
    others = select(Sighting.post_id).where(col(Sighting.video_id).not_in(target.videos))
    mine = select(Sighting.post_id).join(ClipVideo, col(ClipVideo.video_id) == col(Sighting.video_id))
    mine = mine.where(col(ClipVideo.clip_id).in_(target.clips))
    session.exec(
        update(Post).where(col(Post.id).in_(mine), col(Post.id).not_in(others)).values(raw={})
        .execution_options(synchronize_session=False)
    )  # fmt: skip
