"""Versions of films that show what is erased, by their manifests: they are closed at once, and their files go."""

from __future__ import annotations

import glob
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac import formats
from relay.almanac.delivery import manifests, render, versions
from relay.almanac.formats import RenderRequest
from relay.almanac.plan import queries
from relay.context import Relay
from relay.erasure.target import ErasureTarget, Removed
from relay.models import (
    Almanac,
    Campaign,
    Card,
    Erasure,
    EventKind,
    EventSubject,
    LeftOut,
    PlanMarker,
    Recall,
    Render,
    Segment,
    SignOff,
    need_id,
)
from relay.records import add_event
from relay.store import add_new

FILMS = "films"
GETS_ITS_ROW = 60.0
"""Seconds within which a film that has its name gets its row."""


def leave_plans(session: Session, target: ErasureTarget) -> None:
    """No plan holds it any more; a card that stood before it stands before the next one."""
    clips = col(Segment.clip_id).in_(target.clips)
    for segment in session.exec(select(Segment).where(clips)).all():
        later = select(Segment.clip_id).where(
            Segment.almanac_id == segment.almanac_id, Segment.position > segment.position
        )
        after = session.exec(
            later.where(col(Segment.clip_id).not_in(target.clips)).order_by(col(Segment.position)).limit(1)
        ).first()
        cards = select(Card).where(Card.almanac_id == segment.almanac_id, Card.before_clip_id == segment.clip_id)
        for card in session.exec(cards).all():
            card.before_clip_id = after
            session.add(card)
        session.delete(segment)
    for table in (LeftOut, PlanMarker):
        for row in session.exec(select(table).where(col(table.clip_id).in_(target.clips))).all():
            session.delete(row)
    session.flush()


def close(relay: Relay, target: ErasureTarget) -> None:
    """Closes every version that shows one of the clips, and notes where another one is wanted instead: where the
    closed one was the newest of its format, or had been shown to somebody who signs.
    """
    with relay.reading() as session:
        rows = session.exec(select(Render).where(col(Render.closed_at).is_(None))).all()
        recalls = session.exec(select(Recall).where(col(Recall.clip_id).in_(target.clips))).all()
    recalled = {one.render_id for one in recalls}
    shown = [row for row in rows if _shows(relay, row, target, recalled)]
    with relay.transaction() as session:
        for recall in session.exec(select(Recall).where(col(Recall.id).in_([one.id for one in recalls]))).all():
            if recall.render_id not in {row.id for row in shown}:  # the plan held it, the version does not
                session.delete(recall)
        session.flush()
        for row in shown:
            _close(session, relay, row, target)


def remove(relay: Relay, target: ErasureTarget, removed: Removed) -> None:
    """The files of the closed versions: film, manifest, picture, captions, signed copy, pictures of moments."""
    with relay.reading() as session:
        told = session.get_one(Erasure, target.erasure_id).films
        rows = session.exec(select(Render).where(col(Render.id).in_([one["render"] for one in told]))).all()
    for row in rows:
        for path in files_of(relay, row):
            removed.shared(relay, FILMS, path)
    for path in _without_a_row(relay, target):
        removed.shared(relay, FILMS, path)
    for path in previews(relay, target):
        removed.file("previews", path)


def wanted(relay: Relay) -> list[tuple[int, dict[str, Any]]]:
    """Versions to be made instead of closed ones, as (erasure, its note of the film), the oldest first."""
    with relay.reading() as session:
        rows = session.exec(select(Erasure).order_by(col(Erasure.id))).all()
    return [(need_id(row), film) for row in rows for film in row.films if film["wanted"] and not film["made"]]


def make_instead(relay: Relay, erasure_id: int, film: dict[str, Any]) -> int:
    """Renders the film without the clip, in the format of the closed version, unless that was done; its version.

    0 where nothing is left of the plan. Raises what `render` raises: a plan that can't be rendered as it is waits.
    """
    with relay.reading() as session:
        almanac = session.get_one(Almanac, film["almanac"])
        slug = session.get_one(Campaign, almanac.campaign_id).slug
        closed = session.get_one(Render, film["render"])
        newest = _newest_open(session, closed)
        is_empty = not queries.entries(session, almanac, now=relay.now())
    if newest is None and not is_empty:
        newest = render.render(relay, slug, almanac.name, request=_request(closed.format))
    made = newest.version if newest is not None else 0
    _note_made(relay, erasure_id, film["render"], made)
    return made


def _note_made(relay: Relay, erasure_id: int, render_id: int, made: int) -> None:
    with relay.transaction() as session:
        row = session.get_one(Erasure, erasure_id)
        row.films = [
            {**one, "made": made, "wanted": made > 0} if one["render"] == render_id else one for one in row.films
        ]
        session.add(row)


def _request(label: str) -> RenderRequest | None:
    if not label:
        return None
    return RenderRequest(format=formats.of_label(label))


def _shows(relay: Relay, row: Render, target: ErasureTarget, recalled: set[int]) -> bool:
    """By the manifest; without one, by what the withdrawal took for shown."""
    told = versions.manifest(relay, row)
    if not told:
        return need_id(row) in recalled
    return any(one.get("clip") in target.clips or one.get("sha256") == target.sha256 for one in told.get("clips", []))


def _close(session: Session, relay: Relay, seen: Render, target: ErasureTarget) -> None:
    row = session.get_one(Render, need_id(seen))
    if row.closed_at is not None:
        return
    newer = select(Render.id).where(
        Render.almanac_id == row.almanac_id, Render.format == row.format, Render.version > row.version
    )
    is_newest = session.exec(newer.where(col(Render.closed_at).is_(None))).first() is None
    asked = session.exec(
        select(SignOff.id).where(SignOff.render_id == row.id, col(SignOff.revoked_at).is_(None))
    ).first()
    row.closed_at = relay.now()
    session.add(row)
    erasure = session.get_one(Erasure, target.erasure_id)
    told = {
        "render": need_id(row),
        "almanac": row.almanac_id,
        "version": row.version,
        "wanted": is_newest or asked is not None,
        "made": 0,
    }
    erasure.films = [*erasure.films, told]
    session.add(erasure)
    for clip in target.clips:
        add_new(session, Recall(render_id=need_id(row), clip_id=clip, at=relay.now()))
    about = (EventSubject.almanac, row.almanac_id)
    add_event(session, relay.now(), about, EventKind.version_closed, version=row.version, number=target.number)


def files_of(relay: Relay, row: Render, *, everywhere: bool = True) -> list[Path]:
    """All whose names begin with that of the film: nothing else is called so, because a version's name is its own.

    Those of this host, and with `everywhere` those that all hosts see.
    """
    root = relay.settings.data_dir.absolute()
    film = root / row.file
    named = [root / row.manifest, *([root / row.poster] if row.poster else [])]
    stem = glob.escape(film.stem)
    called = [f"{stem}{end}" for end in (".*", "-signed*", "-protocol*")]
    beside = [path for name in called for path in film.parent.glob(name)]
    if everywhere:
        beside += [path for path in relay.shared.names(film.parent) if any(map(path.match, called))]
    stills = (film.parent / "stills").glob(f"{row.sha256}-*") if row.sha256 else ()
    return sorted({film, *named, *beside, *stills})


def _without_a_row(relay: Relay, target: ErasureTarget) -> list[Path]:
    """Films whose render was killed between their name and their row."""
    folder = relay.folder("almanacs")
    with relay.reading() as session:
        known = {Path(name).stem for name in session.exec(select(Render.file))}
    for path in relay.shared.names(folder):
        if path.parent == folder and not _is_of(path.stem, known):
            relay.shared.bring(path)
    others = [path for path in folder.glob("*.mp4") if not _is_of(path.stem, known)]
    left = [path for path in others if _is_over(path)]
    return [path for film in left if _may_show(film, target) for path in folder.glob(f"{glob.escape(film.stem)}.*")]


def _is_of(stem: str, versions: Collection[str]) -> bool:
    """It is one of these versions, or a copy of one (`film-v1-signed`)."""
    return stem in versions or any(stem.startswith(f"{version}-") for version in versions)


def previews(relay: Relay, target: ErasureTarget) -> list[Path]:
    folder = relay.folder("almanacs", "previews")
    found = [film for film in folder.glob("*.mp4") if _may_show(film, target)]
    return [path for film in found for path in folder.glob(f"{glob.escape(film.stem)}.*")]


def _may_show(film: Path, target: ErasureTarget) -> bool:
    """By the manifest beside it; one that is older than the film is of the film before it."""
    told = film.with_suffix(".json")
    with suppress(FileNotFoundError):
        if told.stat().st_mtime >= film.stat().st_mtime:
            clips = manifests.read(told).get("clips", [])
            return not clips or any(one.get("clip") in target.clips for one in clips)
    return True


def _is_over(film: Path) -> bool:
    """It is not just getting its row."""
    with suppress(FileNotFoundError):
        return time.time() - film.stat().st_mtime > GETS_ITS_ROW
    return False


def _newest_open(session: Session, closed: Render) -> Render | None:
    later = select(Render).where(
        Render.almanac_id == closed.almanac_id,
        Render.format == closed.format,
        Render.version > closed.version,
        col(Render.closed_at).is_(None),
    )
    return session.exec(later.order_by(col(Render.version).desc()).limit(1)).first()
