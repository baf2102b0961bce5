"""What a restore must not revive: with tombstones nobody comes back whom they know; without any, all of it waits.

What waits: every clip is in doubt, so that no film carries it before a person has kept it, and the backup's films lie
aside, until somebody says that they may be shown (`relay backups release`). Their manifests stay in place.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.installation_key import secret
from relay.media.files import flush, make_private
from relay.models import Clip, ClipState, Decision, Doubt, Inspection, Render, Restoration, Verdict, need_id
from relay.tombstones import file, revival, stones
from relay.tombstones.key import TombstoneKey
from relay.upkeep.backups.contents import HANDED_IN, HELD_BACK, beside, share_all


@dataclass(frozen=True, slots=True)
class HeldBack:
    """`tombstones`: the file that was found, empty without one. `kept_out`: clips that it knows, which are withdrawn;
    `waiting`: clips that wait for a person, `films`: versions that lie aside.
    """

    tombstones: str
    kept_out: list[int]
    waiting: int = 0
    films: int = 0


@dataclass(frozen=True, slots=True)
class Released:
    """`kept_out`: clips that tombstones knew after all; `clips` and `films` that are shown again."""

    kept_out: list[int]
    clips: int
    films: int


Forget = Callable[[Relay], object]
"""Erases in a database what its tombstones say was erased of people (`erasure.people.forget_again`)."""


def nobody(_there: Relay) -> None:
    """Where no person was erased."""


def find_tombstones(source: Path, given: Path | None) -> Path | None:
    """The file that was given, else the one in the folder of backups, or beside the backup. Raises NotFound."""
    inside = file.find(source / file.NAME, given) if source.is_dir() or given else None
    return inside or file.find(source)


def hold_back(there: Relay, tombstones: Path | None, forget: Forget = nobody) -> HeldBack:
    """Of a database that is about to be put in place. Repeating it changes nothing. Raises Refused, OSError."""
    if tombstones is not None:
        return HeldBack(str(tombstones), _keep_out(there, tombstones, forget))
    with there.transaction() as session:
        waiting = revival.hold_all(session, there.now())
    return HeldBack("", [], waiting, _put_aside(there))


def release(relay: Relay, *, person: str, tombstones: Path | None = None, forget: Forget = nobody) -> Released:
    """All that waits since a restore is shown again, but for what the tombstones know: `person` says that it may.

    Killed anywhere, it is done by doing it again. Raises NotFound, Refused, OSError.
    """
    kept_out = _keep_out(relay, tombstones, forget) if tombstones is not None else []
    with relay.transaction() as session:
        clips = _kept(session, relay, person)
        session.exec(
            update(Restoration)
            .where(col(Restoration.released_at).is_(None))
            .values(released_at=relay.now(), released_by=person)
        )
    films = _put_back(relay)
    share_all(relay)
    return Released(kept_out, clips, films)


def waits(relay: Relay) -> bool:
    """Whether a restore found no tombstones, and nobody has said since that what it brought back may be shown."""
    with relay.reading() as session:
        return session.exec(select(Restoration.id).where(col(Restoration.released_at).is_(None))).first() is not None


def waiting_films(relay: Relay) -> int:
    """Versions that lie aside."""
    aside = relay.settings.data_dir.absolute() / HELD_BACK
    with relay.reading() as session:
        return sum((aside / file).is_file() for file in session.exec(select(Render.file)).all())


def _keep_out(relay: Relay, tombstones: Path, forget: Forget) -> list[int]:
    key = TombstoneKey.of(secret(relay))
    rows = file.read(tombstones, key)
    with relay.transaction() as session:
        stones.add(session, rows)
        clips = revival.hold_back(session, key, relay.now())
        hand_ins = revival.hold_receipts(session, key)
        keys = _keys(session, clips)
        films = [row for row in session.exec(select(Render)).all() if _shows(relay, row, clips)]
    forget(relay)
    for name in keys:
        relay.media.delete(name)
    for hand_in in hand_ins:
        shutil.rmtree(relay.settings.data_dir.absolute() / HANDED_IN / str(hand_in), ignore_errors=True)
    for film in films:
        for path in _files(relay, film):
            path.unlink(missing_ok=True)
    return clips


def _keys(session: Session, clips: Collection[int]) -> list[str]:
    """Of the media that the clips were made of, and that were made of them."""
    looks = session.exec(
        select(Inspection).where(col(Inspection.sha256).in_(select(Clip.sha256).where(col(Clip.id).in_(clips))))
    ).all()
    made = [key for look in looks for key in (f"originals/{look.sha256}", look.poster, look.storyboard, look.proxy)]
    return [key for key in made if key]


def _shows(relay: Relay, film: Render, clips: Collection[int]) -> bool:
    try:
        told = json.loads((relay.settings.data_dir / film.manifest).read_bytes())
        return any(one["clip"] in clips for one in told["clips"])
    except (OSError, ValueError, TypeError, KeyError):  # it can't be told, so it is not shown
        return bool(clips)


def _files(relay: Relay, film: Render) -> Iterator[Path]:
    """All that a version shows, in its place or aside; its manifest tells what is in it and is not among them."""
    root = relay.settings.data_dir.absolute()
    for place in (root, root / HELD_BACK):
        yield from (place / name for name in (film.file, film.poster, *beside(place, film)) if name)


def _put_aside(relay: Relay) -> int:
    root, count = relay.settings.data_dir.absolute(), 0
    with relay.reading() as session:
        films = session.exec(select(Render)).all()
    for film in films:
        count += (root / film.file).is_file()
        for name in (film.file, film.poster, *beside(root, film)):
            if name and (root / name).is_file():
                _move(root / name, root / HELD_BACK / name)
    return count


def _put_back(relay: Relay) -> int:
    """But for versions that show somebody who has taken their video back."""
    root, count = relay.settings.data_dir.absolute(), 0
    aside = root / HELD_BACK
    with relay.reading() as session:
        gone = set(session.exec(select(Clip.id).where(Clip.state == ClipState.withdrawn)).all())
        films = session.exec(select(Render)).all()
    for film in films:
        names = [name for name in (film.file, film.poster, *beside(aside, film)) if name and (aside / name).is_file()]
        if _shows(relay, film, {number for number in gone if number is not None}):
            for name in names:
                (aside / name).unlink()
            continue
        count += (aside / film.file).is_file()
        for name in sorted(names, key=lambda name: name == film.file):  # the film last: then all of it is there
            _move(aside / name, root / name)
    return count


def _move(path: Path, target: Path) -> None:
    make_private(target.parent)
    path.replace(target)
    flush(target.parent)


def _kept(session: Session, relay: Relay, person: str) -> int:
    clips = session.exec(select(Clip).where(Clip.doubt == Doubt.restored)).all()
    for clip in clips:
        decision = Decision(
            clip_id=need_id(clip),
            verdict=Verdict.keep,
            from_state=clip.state,
            to_state=clip.state,
            person=person,
            reason=clip.reason,
            previous_reason=clip.reason,
            doubt=clip.doubt,
            at=relay.now(),
        )
        session.add(decision)
        clip.doubt = Doubt.none
        session.add(clip)
    return len(clips)
