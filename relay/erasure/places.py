"""The places where something of a clip may lie. Whoever makes a new kind of file of a clip adds its place here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from relay.almanac.delivery.exports import shelf
from relay.context import Relay
from relay.erasure import caches, films
from relay.erasure.target import ErasureTarget, Removed
from relay.intake import inspect
from relay.intake.hand_in import uploads
from relay.intake.lookup import index
from relay.media.files import file_sha256, is_unfinished
from relay.media.vault import INCOMING

Place = Callable[[Relay, ErasureTarget, Removed], bool]
"""Removes what lies there of the target; whether nothing is left, so that it need not be asked again."""

KEYS: Mapping[str, Callable[[str], str]] = {
    "originals": inspect.original,
    "posters": inspect.poster,
    "storyboards": inspect.storyboard,
    "proxies": inspect.proxy,
}


def of_versions(relay: Relay, target: ErasureTarget, removed: Removed) -> bool:
    films.remove(relay, target, removed)
    return True


def of_the_vault(relay: Relay, target: ErasureTarget, removed: Removed) -> bool:
    """What is named by the file's hash."""
    for place, key in KEYS.items():
        if relay.media.has(key(target.sha256)):
            removed.bytes += relay.media.facts(key(target.sha256)).size
            removed.files[place] += 1
            relay.media.delete(key(target.sha256))
    for path in (relay.settings.media_folder / INCOMING).glob(f".{target.sha256}*"):
        removed.file("work", path)
    return True


def of_the_desk(relay: Relay, target: ErasureTarget, removed: Removed) -> bool:
    """What is drawn for the desk: waveforms, frames, sound; stills of cards, on which names stand."""
    looks, stills = relay.folder("looks"), relay.folder("stills")
    shared = relay.shared.names(looks, target.sha256)
    for path in {*looks.glob(f"{target.sha256}*"), *looks.glob(f".{target.sha256}*"), *shared}:
        removed.shared(relay, "looks", path)
    for path in (*stills.glob("*.jpg"), *(path for path in stills.iterdir() if is_unfinished(path))):
        removed.file("stills", path)
    return True


def of_exports(relay: Relay, target: ErasureTarget, removed: Removed) -> bool:  # noqa: ARG001 - the shelf asks the clips
    before = _sizes(relay.folder("exports"))
    shelf.prune(relay)
    gone = before.keys() - _sizes(relay.folder("exports")).keys()
    removed.files["exports"] += len(gone)
    removed.bytes += sum(before[path] for path in gone)
    return True


def of_uploads(relay: Relay, target: ErasureTarget, removed: Removed) -> bool:
    for hand_in in target.hand_ins:
        folder = relay.folder(uploads.FOLDER) / str(hand_in)
        for path in (*folder.glob("*"), *relay.shared.names(folder)):
            removed.shared(relay, "uploads", path)
        uploads.remove(relay, hand_in)
    return True


def of_the_work_folder(relay: Relay, target: ErasureTarget, removed: Removed) -> bool:
    """What a fetch or a look that was killed has left: by the video's number, or by its bytes."""
    work = relay.folder("work")
    for video in target.videos:
        for folder in (*work.glob(f"fetch-{video}"), *work.glob(f"fetch-{video}-*")):
            removed.folder("work", folder)
    for path in list(work.rglob("*")):
        if path.is_file() and _is(path, target.sha256):
            folder = work / path.relative_to(work).parts[0]
            removed.folder("work", folder) if folder.is_dir() else removed.file("work", path)
    return True


def of_copies_of_the_database(relay: Relay, target: ErasureTarget, removed: Removed) -> bool:  # noqa: ARG001
    """Those that an upgrade has made: they hold what was written of everybody, and nobody can erase in them."""
    path = relay.store.path
    if path is not None:
        for copy in path.parent.glob(f"{path.stem}-before-upgrade-*"):
            removed.file("old databases", copy)
    return True


def of_the_look_up(relay: Relay, target: ErasureTarget, removed: Removed) -> bool:
    """The tables by which recordings are found again hold its prints; they are made anew without it."""
    for size in index.forget(relay, target.sha256):
        removed.files["look-up"] += 1
        removed.bytes += size
    return True


PLACES: Mapping[str, Place] = {
    "versions": of_versions,
    "vault": of_the_vault,
    "desk": of_the_desk,
    "look-up": of_the_look_up,
    "exports": of_exports,
    "uploads": of_uploads,
    "work": of_the_work_folder,
    "shots": caches.sweep,
    "old databases": of_copies_of_the_database,
}
"""In the order in which they are gone through."""


def _sizes(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_size for path in folder.rglob("*.zip")}


def _is(path: Path, sha256: str) -> bool:
    try:
        return file_sha256(path) == sha256
    except OSError:  # gone meanwhile
        return False
