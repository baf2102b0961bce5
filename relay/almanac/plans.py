"""Almanacs: which clips, in which order, under which name. A plan is rows; making the film is render.py's.

What may be in a film: clips that are approved now and whose participant did not limit them to the archive. A clip in
doubt (its post is gone) keeps its place in the plan, and is in no film until a person has kept it.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac.recipe import Footage, footage
from relay.almanac.timeline import House
from relay.config import Settings
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Almanac, Campaign, Clip, ClipState, Consent, Event, Inspection, Render, Segment
from relay.store import add_new

NAME_LENGTH = 64
NOT_FOR_FILMS = ("archive", "refused")
ALL_APPROVED = {"clips": "approved"}


def new(relay: Relay, slug: str, name: str, *, title: str = "", all_approved: bool = False) -> Almanac:
    """An almanac, empty or with every approved clip in the order of publication.

    `title` stands on the opening card; without one the campaign's does. Raises NotFound, and Refused for a name that
    is taken or unfit, or when clips are asked for and none is approved.
    """
    name = checked_name(name)
    with relay.transaction() as session:
        campaign = _campaign(session, slug)
        almanac = Almanac(
            campaign_id=_id(campaign.id),
            name=name,
            title=" ".join(title.split()) or campaign.title,
            rules=ALL_APPROVED if all_approved else {},
            created_at=relay.now(),
        )
        if not add_new(session, almanac):
            raise Refused(
                "There is already an almanac {name} in {slug}.", hint="Take another name.", name=name, slug=slug
            )
        almanac = find(session, slug, name)
        if all_approved:
            _fill(session, campaign, almanac)
        session.add(_event(relay, almanac, "planned", clips=len(_segments(session, almanac))))
    return almanac


def plan(relay: Relay, slug: str, name: str) -> Almanac:
    """Brings a plan up to date with what is approved now, in the order of publication.

    Clips that are no longer approved leave; new ones come in; in and out points and card texts stay as they were set.
    Raises NotFound, and Refused when no clip is approved.
    """
    with relay.transaction() as session:
        almanac = find(session, slug, name)
        _fill(session, _campaign(session, slug), almanac)
        session.add(_event(relay, almanac, "planned", clips=len(_segments(session, almanac))))
    return almanac


def show(relay: Relay, slug: str, name: str) -> dict[str, Any]:
    """`name title subtitle campaign segments renders frames fps`; times in seconds, and in frames of the film's rate.

    `segments[{clip, in, out, in_frame, out_frame, name, town}]`: the part of each clip that is used.
    `renders[{version, file, duration, sha256, shots_encoded, shots_reused, seconds, …}]`, oldest first.
    """
    with relay.reading() as session:
        return _shown(session, relay.settings, _campaign(session, slug), find(session, slug, name))


def listing(relay: Relay, slug: str) -> list[dict[str, Any]]:
    """The campaign's almanacs as `show` gives them, oldest first."""
    with relay.reading() as session:
        campaign = _campaign(session, slug)
        almanacs = session.exec(
            select(Almanac).where(Almanac.campaign_id == campaign.id).order_by(col(Almanac.id))
        ).all()
        return [_shown(session, relay.settings, campaign, almanac) for almanac in almanacs]


@dataclass(frozen=True, slots=True)
class Entry:
    """A segment with all that is known about its clip. `free`: its participant let it be shown in films."""

    segment: Segment
    clip: Clip
    inspection: Inspection
    free: bool

    @property
    def footage(self) -> Footage:
        return footage_of(self.inspection)

    @property
    def name(self) -> str:
        return self.clip.name if self.segment.name is None else self.segment.name

    @property
    def town(self) -> str:
        return self.clip.town if self.segment.town is None else self.segment.town

    def bounds(self, house: House) -> tuple[int, int]:
        """First frame used, and the one after the last, at the film's rate."""
        available = self.footage.frames(house)
        last = self.segment.last
        return self.segment.first, available if last is None else min(last, available)


def entries(session: Session, almanac: Almanac) -> list[Entry]:
    """The plan's segments in order, without clips that are withdrawn, or in doubt: no film may show them again."""
    rows = session.exec(
        select(Segment, Clip, Inspection)
        .join(Clip, col(Segment.clip_id) == col(Clip.id))
        .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
        .where(
            Segment.almanac_id == almanac.id,
            Clip.state != ClipState.withdrawn,
            (Clip.doubt == "") | (Clip.state != ClipState.approved),
        )
        .order_by(col(Segment.position), col(Segment.id))
    ).all()
    closed = _closed(session, [_id(clip.id) for _, clip, _ in rows])
    return [Entry(segment, clip, seen, clip.id not in closed) for segment, clip, seen in rows]


def approved(session: Session, campaign: Campaign, *, doubtful: bool = False) -> list[Clip]:
    """Clips that may be in a film, in the order in which they were published; `doubtful`: also those in doubt."""
    sure = [] if doubtful else [Clip.doubt == ""]
    clips = session.exec(
        select(Clip)
        .where(Clip.campaign_id == campaign.id, Clip.state == ClipState.approved, *sure)
        .order_by(col(Clip.published_at), col(Clip.id))
    ).all()
    closed = _closed(session, [_id(clip.id) for clip in clips])
    return [clip for clip in clips if clip.id not in closed]


def footage_of(inspection: Inspection) -> Footage:
    return footage(
        inspection.sha256,
        width=inspection.width,
        height=inspection.height,
        seconds=inspection.duration,
        has_audio=inspection.has_audio,
        technical=inspection.technical,
    )


def house_of(settings: Settings, almanac: Almanac | None = None) -> House:
    """The settings' house format, with what the almanac's `style` changes in it."""
    house = House(preset=settings.film_preset, crf=settings.film_crf, loudness=settings.loudness)
    known = {entry.name for entry in dataclasses.fields(House)}
    changes = {name: value for name, value in (almanac.style if almanac else {}).items() if name in known}
    return dataclasses.replace(house, **changes)


def checked_name(name: str) -> str:
    """A name as people write it, in any script; it stands in addresses, so it has no slash. Raises Refused."""
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    odd = any(unicodedata.category(letter)[0] == "C" for letter in name)
    if not name or len(name) > NAME_LENGTH or odd or set(name) & set("/\\?#%") or name.strip(".") == "":
        raise Refused(
            "An almanac can't be called {name}.",
            hint="Take up to 64 letters, digits, spaces and dashes.",
            name=repr(name),
        )
    return name


def find(session: Session, slug: str, name: str) -> Almanac:
    """Raises NotFound, also for a campaign that is not there."""
    campaign = _campaign(session, slug)
    almanac = session.exec(select(Almanac).where(Almanac.campaign_id == campaign.id, Almanac.name == name)).first()
    if almanac is None:
        raise NotFound("There is no almanac {name} in {slug}.", name=name, slug=slug)
    return almanac


def _fill(session: Session, campaign: Campaign, almanac: Almanac) -> None:
    clips = approved(session, campaign, doubtful=True)
    if all(clip.doubt for clip in clips):
        raise Refused(
            "No clip of {slug} is approved yet, so there is nothing to make a film of.",
            hint="Approve some at the desk, or with: relay clip approve",
            slug=campaign.slug,
        )
    there = {segment.clip_id: segment for segment in _segments(session, almanac)}
    for gone in set(there) - {clip.id for clip in clips}:
        session.delete(there.pop(gone))
    wanted = [clip for clip in clips if not clip.doubt or clip.id in there]
    for position, clip in enumerate(wanted, 1):
        segment = there.get(_id(clip.id)) or Segment(
            almanac_id=_id(almanac.id), clip_id=_id(clip.id), position=position
        )
        segment.position = position
        session.add(segment)
    session.flush()


def _segments(session: Session, almanac: Almanac) -> Sequence[Segment]:
    return session.exec(select(Segment).where(Segment.almanac_id == almanac.id)).all()


def _closed(session: Session, clip_ids: Sequence[int]) -> set[int]:
    """Clips that the newest consent keeps out of films."""
    newest: dict[int, str] = {}
    for start in range(0, len(clip_ids), 500):
        some = clip_ids[start : start + 500]
        rows = session.exec(select(Consent).where(col(Consent.clip_id).in_(some)).order_by(col(Consent.id))).all()
        newest |= {row.clip_id: row.scope for row in rows}
    return {clip_id for clip_id, scope in newest.items() if scope in NOT_FOR_FILMS}


def _shown(session: Session, settings: Settings, campaign: Campaign, almanac: Almanac) -> dict[str, Any]:
    house = house_of(settings, almanac)
    renders = session.exec(select(Render).where(Render.almanac_id == almanac.id).order_by(col(Render.version))).all()
    return {
        "name": almanac.name,
        "title": almanac.title,
        "subtitle": almanac.subtitle,
        "campaign": campaign.slug,
        "fps": house.fps,
        "segments": [_segment_view(entry, house) for entry in entries(session, almanac)],
        "renders": [_render_view(render, settings) for render in renders],
    }


def _segment_view(entry: Entry, house: House) -> dict[str, Any]:
    first, last = entry.bounds(house)
    return {
        "clip": entry.clip.id,
        "in": round(first / house.fps, 6),
        "out": round(last / house.fps, 6),
        "in_frame": first,
        "out_frame": last,
        "name": entry.name,
        "town": entry.town,
    }


def _render_view(render: Render, settings: Settings) -> dict[str, Any]:
    """Paths are absolute: scripts read them from anywhere."""
    folder = settings.data_dir.absolute()
    return {
        "version": render.version,
        "file": str(folder / render.file),
        "manifest": str(folder / render.manifest),
        "duration": round(render.frames / render.fps, 6),
        "frames": render.frames,
        "sha256": render.sha256,
        "loudness": render.loudness,
        "shots_encoded": render.shots_encoded,
        "shots_reused": render.shots_reused,
        "seconds": render.seconds,
        "at": render.at.isoformat(),
    }


def _campaign(session: Session, slug: str) -> Campaign:
    campaign = session.exec(select(Campaign).where(Campaign.slug == slug)).first()
    if campaign is None:
        raise NotFound("There is no campaign {slug}.", slug=slug)
    return campaign


def _event(relay: Relay, almanac: Almanac, what: str, **details: object) -> Event:
    return Event(at=relay.now(), subject="almanac", subject_id=_id(almanac.id), what=what, details=details)


def _id(number: int | None) -> int:
    assert number is not None
    return number
