"""Files that the organizer hands in (from mail, from a stick): copied, and then treated like a network's videos."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import DiskFull, Refused
from relay.intake import clips, kept_out
from relay.intake.inspect import forget, inspect, original
from relay.language.sentence import as_sentence, filled, joined, prefixed
from relay.media.toolbox import disk_full
from relay.models import (
    CampaignState,
    Clip,
    EventKind,
    EventSubject,
    Finding,
    Inspection,
    Match,
    MatchKind,
    MatchPlace,
    Post,
    Sighting,
    Video,
    VideoState,
)
from relay.recordings import cards
from relay.records import add_event, find_campaign
from relay.sources.networks import HAND_IN

BLOCK = 1 << 20


def add_files(
    relay: Relay, slug: str, files: Sequence[Path], *, person: str, name: str = "", town: str = "", called: str = ""
) -> list[int]:
    """Takes files of this machine into the campaign, as copies; returns the ids of their clips, in order.

    A file that is there already gives the same clip. `called`: how its sender calls a single file. Raises NotFound for
    the campaign, and Refused, once all files were tried, for those that are missing or no usable video.
    """
    campaign_id = _open_campaign(relay, slug)
    made: list[int] = []
    refusals: list[str] = []
    for path in files:
        try:
            made.append(_hand_in(relay, campaign_id, slug, path, person=person, name=name, town=town))
        except Refused as error:
            refusals.append(prefixed(called or path.name, error.sentence))
    if refusals:
        if len(files) > 1:
            refusals.append(filled("Files taken in: {made} of {all}.", made=len(made), all=len(files)))
        raise Refused(joined(*refusals))
    return made


def _hand_in(
    relay: Relay, campaign_id: int, slug: str, path: Path, *, person: str, name: str, town: str
) -> int:  # fmt: skip
    if not path.is_file():
        raise Refused("There is no such file.")
    sha256 = _copied_in(relay, path)
    kept_out.let_bytes_in(relay, sha256)
    inspection = inspect(relay, sha256)
    if inspection.finding is Finding.refused:
        forget(relay, sha256)
        raise Refused(inspection.reason)
    kept_out.let_in(relay, sha256)
    kin, now = clips.family_of(relay, sha256, [campaign_id]), relay.now()
    with relay.transaction() as session:
        video = handed_video(session, campaign_id, slug, inspection, now, title=path.name, author=name)
        known = session.exec(select(Clip.id).where(Clip.campaign_id == campaign_id, Clip.sha256 == sha256)).first()
        clip_id = clips.make(session, now, campaign_id, video, kin)
        if known is None:
            clip = session.get_one(Clip, clip_id)
            clip.name, clip.town, clip.handed_in = name or clip.name, town, ""
            cards.credit(session, clip_id, now)
            add_event(session, now, (EventSubject.clip, clip_id), EventKind.handed_in, person, file=path.name[:200])
        return clip_id


def handed_video(
    session: Session, campaign_id: int, slug: str, inspection: Inspection, now: datetime, *, title: str, author: str
) -> Video:
    """The rows that a network's video would have, for a file that was handed in: Post, Match, Video, Sighting."""
    sha256 = inspection.sha256
    where = (col(Video.network) == HAND_IN, col(Video.owner_id) == slug, col(Video.video_id) == sha256)
    known = session.exec(select(Video).where(*where)).first()
    if known is not None:
        return known
    url = f"{HAND_IN}:{sha256}"
    post = Post(
        network=HAND_IN, owner_id=slug, post_id=sha256, url=url, text="", author=author,
        published_at=now, first_seen_at=now, last_seen_at=now,
    )  # fmt: skip
    video = Video(
        network=HAND_IN, owner_id=slug, video_id=sha256, url=url, title=title[:200], author=author,
        duration=inspection.duration, state=VideoState.fetched, sha256=sha256, bytes=inspection.bytes,
        created_at=now, fetched_at=now,
    )  # fmt: skip
    session.add_all([post, video])
    session.flush()
    assert post.id is not None and video.id is not None
    session.add(
        Match(campaign_id=campaign_id, post_id=post.id, kind=MatchKind.exact, matched_in=MatchPlace.handed_in, at=now)
    )
    session.add(Sighting(post_id=post.id, video_id=video.id))
    session.flush()
    return video


def _copied_in(relay: Relay, path: Path) -> str:
    folder = relay.folder("work", uuid4().hex)
    copy, found = folder / "handed-in", hashlib.sha256()
    try:
        with path.open("rb") as source, copy.open("wb") as target:
            while block := source.read(BLOCK):
                found.update(block)
                target.write(block)
        relay.media.put(original(found.hexdigest()), copy)
    except OSError as error:
        if disk_full(error):
            raise DiskFull("The disk is full.", hint="Free some space; nothing was lost.") from error
        raise Refused("The file can't be read ({strerror}).", strerror=as_sentence(error.strerror)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found.hexdigest()


def _open_campaign(relay: Relay, slug: str) -> int:
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
    if campaign.state is CampaignState.archived:
        raise Refused("The campaign {slug} is archived; nothing can be added to it.", slug=slug)
    assert campaign.id is not None
    return campaign.id
