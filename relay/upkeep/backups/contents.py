"""What belongs in a backup: all that can't be made again, and all that a restored desk shows.

Originals with their posters, storyboards and proxies, pictures, music, emblems, films with what lies beside them, files
that were handed in and wait to be looked at, uploads that are under way, and the keys that links and signed copies
hang on. Shots can be made again and stay out; films stay in, because a version that was shown must remain that version.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound
from relay.media.files import is_unfinished
from relay.models import Emblem, Erasure, HandIn, HandInState, Inspection, Picture, Render, Track, Video

ABOUT = "about.json"
DATABASE = "relay.db"
MANIFEST = "manifest.json"
MEDIA, DATA = "media/", "data/"
HANDED_IN = "handed-in"
HELD_BACK = "held-back"
"""Where films lie aside after a restore without tombstones."""
KEYS = ("secret.key", "credentials/chain.pem", "credentials/key.pem")
ALMANACS = "almanacs"
BESIDE = (".*.srt", ".*.vtt", "-signed.mp4", "-protocol.mp4")
"""Ends of names that stand behind a film's."""
SHARED = (
    *("almanacs/*", "shots/*.mp4", "shots/sounds/*", "shots/reels/*", "handed-in/*/*"),
    *("shots/faces/*.json", "looks/*-waves.png", "looks/*.jpg"),
)
"""What of the data folder all hosts see that share an object store, as patterns below it."""
STILL_TO_LOOK_AT = (HandInState.begun, HandInState.waiting)
NAMED_BY_CONTENT = ("originals/", "pictures/", "music/", "emblems/")
"""Kinds of keys whose name is the sha256 of the file itself."""


@dataclass(frozen=True, slots=True)
class ToKeep:
    """`name`: in the backup, `media/<key>` or `data/<path below the data folder>`. `sha256`: if its name tells it.

    `open` raises FileNotFoundError for what was erased, or became a clip, while the backup ran.
    """

    name: str
    open: Callable[[], BinaryIO]
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """What a backup says of one file in it. `pieces`: names of objects, in a folder of backups."""

    name: str
    size: int
    sha256: str
    pieces: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "size": self.size, "sha256": self.sha256, "pieces": list(self.pieces)}


def listed(relay: Relay, session: Session) -> tuple[list[ToKeep], list[str]]:
    """The files that belong to these rows, and the names of those that should be there and are not."""
    erased = set(session.exec(select(Erasure.digest)).all())
    shas = [sha for sha in session.exec(select(Video.sha256).distinct()).all() if sha and sha not in erased]
    keys = [*(f"originals/{sha}" for sha in shas), *_brought(session), *_made_of_videos(session)]
    found, missing = [], []
    for key in dict.fromkeys(keys):
        if relay.media.has(key):
            sha = key.partition("/")[2] if key.startswith(NAMED_BY_CONTENT) else ""
            found.append(ToKeep(MEDIA + key, partial(_opened, relay, key), sha))
        else:
            missing.append(MEDIA + key)
    root = relay.settings.data_dir.absolute()
    for name in _films(relay, session):
        there = next((place for place in (name, f"{HELD_BACK}/{name}") if _is_there(relay, place)), None)
        if there is not None:
            found.append(_in_data(relay, there))
        else:
            missing.append(DATA + name)
    waiting = [_in_data(relay, name) for name in _waiting(relay, session)]
    keys_there = [_in_data(relay, name) for name in KEYS if (root / name).is_file()]
    return [*found, *waiting, *keys_there], missing


def _is_there(relay: Relay, name: str) -> bool:
    path = relay.settings.data_dir.absolute() / name
    return path.is_file() or relay.shared.has(path)


def _in_data(relay: Relay, name: str) -> ToKeep:
    return ToKeep(DATA + name, lambda: relay.kept(name).open("rb"))


def reading(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _opened(relay: Relay, key: str) -> BinaryIO:
    """What had to be brought to this host for the backup alone stays here only while it is read."""
    is_here = relay.media.at_hand(key) is not None
    try:
        file = relay.media.local(key).open("rb")
    except NotFound as error:
        raise FileNotFoundError(key) from error
    if not is_here:
        relay.media.release(key)
    return file


def _brought(session: Session) -> list[str]:
    return [
        *(f"pictures/{sha}" for sha in session.exec(select(Picture.sha256).distinct()).all()),
        *(f"music/{sha}" for sha in session.exec(select(Track.sha256).distinct()).all()),
        *(f"emblems/{sha}" for sha in session.exec(select(Emblem.sha256).distinct()).all()),
    ]


def _made_of_videos(session: Session) -> list[str]:
    looks = session.exec(select(Inspection.poster, Inspection.storyboard, Inspection.proxy)).all()
    return [key for look in looks for key in look if key]


def _films(relay: Relay, session: Session) -> Iterator[str]:
    root = relay.settings.data_dir.absolute()
    elsewhere = [path.name for path in relay.shared.names(root / ALMANACS) if path.parent == root / ALMANACS]
    standing = select(Render).where(col(Render.closed_at).is_(None)).order_by(col(Render.id))
    for row in session.exec(standing).all():
        captions = beside(root, row) or beside(root / HELD_BACK, row)
        captions = [*captions, *(f"{ALMANACS}/{name}" for name in elsewhere if _is_beside(Path(row.file), name))]
        yield from dict.fromkeys((row.file, row.manifest, *([row.poster] if row.poster else []), *captions))


def _is_beside(film: Path, name: str) -> bool:
    return any(Path(name).match(f"{glob.escape(film.stem)}{end}") for end in BESIDE)


def beside(root: Path, film: Render) -> list[str]:
    """A film's captions in all languages, and its copies that are signed or bring their protocols along, as they are
    named below the data folder.
    """
    place = root / film.file
    found = [path for end in BESIDE for path in place.parent.glob(f"{glob.escape(place.stem)}{end}")]
    return sorted(f"{Path(film.file).parent}/{path.name}" for path in found)


def _waiting(relay: Relay, session: Session) -> Iterator[str]:
    """Files of hand-ins that nobody has looked at yet, whole or still on their way (intake/hand_in/uploads.py)."""
    root = relay.settings.data_dir.absolute()
    still = select(HandIn.id).where(col(HandIn.state).in_(STILL_TO_LOOK_AT)).order_by(col(HandIn.id))
    for number in session.exec(still):
        folder = root / HANDED_IN / str(number)
        for path in sorted({*folder.glob("*"), *relay.shared.names(folder)}):
            if path.is_file() or relay.shared.has(path):
                yield f"{HANDED_IN}/{number}/{path.name}"


def share_all(relay: Relay) -> None:
    """What a restore has laid into the data folder is there for the other hosts too; nothing of theirs gives way."""
    root = relay.settings.data_dir.absolute()
    for path in (path for pattern in SHARED for path in sorted(root.glob(pattern))):
        if path.is_file() and not is_unfinished(path) and not relay.shared.has(path):
            relay.shared.share(path)
