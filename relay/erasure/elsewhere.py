"""What this host still has of clips that were erased by another: hosts share the object store, and each has a cache.

Rows tell what was erased, by keyed digests, so each host finds its own copies by their names. A download that began
before the erasure may end after it; for that long each erasure is looked at again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select

from relay import logs
from relay.almanac.delivery.exports import shelf
from relay.context import Relay
from relay.erasure import caches, films, places
from relay.erasure import target as targets
from relay.erasure.target import ErasureTarget, Removed
from relay.errors import ConfigError
from relay.intake.hand_in import uploads
from relay.intake.lookup import index
from relay.media.files import replace_file
from relay.media.vault import INCOMING
from relay.models import Erasure, Render, need_id
from relay.tombstones.entrance import key_of
from relay.tombstones.stones import Name

NOTE = "erased-here.json"
KEY_NAME = "secret.name"
"""The file that tells the installation's key from others (tombstones/key.py) and tells no more."""
EVERY = 30.0
"""Seconds between two looks of a process that works."""
SETTLES = timedelta(hours=2)
"""Longer than any download or render of a shot takes."""
SUM = re.compile(r"\.?([0-9a-f]{64})")

log = logs.get_logger()


def catch_up(relay: Relay) -> int:
    """Returns how many files went. Does nothing where one host has all files. Raises ConfigError, StorageDown."""
    if not relay.settings.in_bucket:
        return 0
    check_key(relay)
    note = _CaughtUp(relay)
    with relay.reading() as session:
        new = select(Erasure).where(col(Erasure.id) > note.through, col(Erasure.done_at).is_not(None))
        rows = session.exec(new.order_by(col(Erasure.id))).all()
        found = [targets.load(session, row) for row in rows]
    if not found:
        return 0
    removed = Removed()
    _by_name(relay, found, removed)
    if any(one.erasure_id not in note.swept for one in found) and _by_need(relay, found, removed):
        note.swept |= {one.erasure_id for one in found}
    settled = {need_id(row) for row in rows if row.done_at is not None and relay.now() - row.done_at > SETTLES}
    note.settle(_all(relay, note.through), settled)
    count = sum(removed.files.values())
    if count:
        log.info("erased elsewhere, removed here", files=count)
    return count


def fresh(relay: Relay) -> list[int]:
    """Erasures that were done so lately that another host may not have looked since."""
    since = relay.now() - timedelta(seconds=EVERY)
    with relay.reading() as session:
        done = session.exec(select(Erasure.id).where(col(Erasure.done_at) > since).order_by(col(Erasure.id)))
        return [number for number in done if number is not None]


def check_key(relay: Relay) -> None:
    """Raises ConfigError on a host whose `secret.key` is not that of the first: it would know nothing again."""
    named, own = relay.folder() / KEY_NAME, key_of(relay).name.encode()
    if not relay.shared.bring(named).is_file():
        replace_file(named, own)
        relay.shared.share(named)
    if named.read_bytes() != own:
        raise ConfigError(
            "This host has another secret.key than the one by which erased videos are known.",
            hint="Copy secret.key of the first host into the data folder.",
        )


def _by_name(relay: Relay, found: list[ErasureTarget], removed: Removed) -> None:
    """What bears the name of its bytes, and the films that were closed."""
    key, by_digest = key_of(relay), {one.digest: one for one in found}
    for sha256 in sorted(set(_sums_here(relay))):
        if (target := by_digest.get(Name.of_bytes(sha256).digest(key))) is not None:
            _forget(relay, replace(target, sha256=sha256), removed)
    with relay.reading() as session:
        numbers = [one["render"] for one in _films(relay, found)]
        rows = session.exec(select(Render).where(col(Render.id).in_(numbers))).all()
    for row in rows:
        for path in films.files_of(relay, row, everywhere=False):
            removed.file(films.FILMS, path)
    for target in found:
        for hand_in in target.hand_ins:
            removed.folder("uploads", relay.folder(uploads.FOLDER) / str(hand_in))


def _by_need(relay: Relay, found: list[ErasureTarget], removed: Removed) -> bool:
    """What bears no clip's name goes if no plan needs it (caches.py). False while something is still made of one."""
    key, digests = key_of(relay), {one.digest for one in found}
    before = set(relay.folder("exports").rglob("*.zip"))
    shelf.prune(relay)
    removed.files["exports"] += len(before - set(relay.folder("exports").rglob("*.zip")))
    removed.files["look-up"] += index.drop_older(relay)
    for path in relay.folder("stills").glob("*.jpg"):
        removed.file("stills", path)
    for target in found:
        for path in films.previews(relay, target):
            removed.file("previews", path)
    return caches.clear(relay, removed, lambda sha256: Name.of_bytes(sha256).digest(key) in digests)


def _forget(relay: Relay, target: ErasureTarget, removed: Removed) -> None:
    for place, key in places.KEYS.items():
        if (path := relay.settings.media_folder / _below(key(target.sha256))).is_file():
            removed.files[place] += 1
            removed.bytes += path.stat().st_size
        relay.media.release(key(target.sha256))
    places.of_the_desk(relay, target, removed)
    places.of_the_work_folder(relay, target, removed)
    for path in relay.folder(caches.SHOTS, caches.FACES).glob(f"{target.sha256}-*.json"):
        removed.shared(relay, caches.FACES, path)
    for path in (relay.settings.media_folder / INCOMING).glob(f".{target.sha256}*"):
        removed.file("work", path)


def _below(key: str) -> Path:
    kind, _, name = key.partition("/")
    return Path(kind, name[:2], name)


def _sums_here(relay: Relay) -> Iterator[str]:
    """Sums by which files on this host are named, in its cache and beside it."""
    media = relay.settings.media_folder
    folders = (relay.folder("looks"), relay.folder(caches.SHOTS, caches.FACES), media / INCOMING)
    for path in (*media.glob("*/*/*"), *(path for folder in folders for path in folder.glob("*"))):
        if (told := SUM.match(path.name)) is not None:
            yield told[1]


def _films(relay: Relay, found: list[ErasureTarget]) -> list[dict[str, int]]:
    with relay.reading() as session:
        numbers = [one.erasure_id for one in found]
        rows = session.exec(select(Erasure).where(col(Erasure.id).in_(numbers))).all()
        return [film for row in rows for film in row.films]


def _all(relay: Relay, after: int) -> list[int]:
    with relay.reading() as session:
        later = select(Erasure.id).where(col(Erasure.id) > after).order_by(col(Erasure.id))
        return [number for number in session.exec(later) if number is not None]


class _CaughtUp:
    """`through`: all erasures up to this one are over here. `swept`: those later ones of which no shot is left."""

    def __init__(self, relay: Relay) -> None:
        self._path = relay.folder() / NOTE
        try:
            told = json.loads(self._path.read_bytes())
            self.through, self.swept = int(told["through"]), set(told["swept"])
        except (OSError, ValueError, TypeError, KeyError):  # a new host, or a note that was torn: all are looked at
            self.through, self.swept = 0, set()

    def settle(self, seen: list[int], settled: set[int]) -> None:
        """An erasure that is not done holds up the later ones, which are only looked at again meanwhile."""
        for number in seen:
            if number not in settled or number not in self.swept:
                break
            self.through = number
        self.swept = {number for number in self.swept if number > self.through}
        replace_file(self._path, json.dumps({"through": self.through, "swept": sorted(self.swept)}).encode())
