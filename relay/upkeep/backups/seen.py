"""What the last backup read: a file of the same size and time needs no second reading.

A cache in the data folder: without it the next backup reads everything, and that is all. It tells of nobody's video:
names are keyed digests, and a sum that a name tells is not written down.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from relay.context import Relay
from relay.media.files import draft_of, replace_file, write_new
from relay.upkeep.backups.contents import ToKeep

FOLDER = "backups"


class SeenFiles:
    def __init__(self, relay: Relay) -> None:
        self._path = relay.folder(FOLDER) / "seen.json"
        self._key = naming_key(relay)
        self._before = _read(self._path)
        self._now: dict[str, list[object]] = {}

    def sha256(self, file: ToKeep, seen: os.stat_result) -> str:
        """As it was read the last time; empty where the file may be another."""
        known = self._before.get(self._name(file), [])
        if known[:3] != [seen.st_size, seen.st_mtime_ns, seen.st_ino]:
            return ""
        self._now[self._name(file)] = known
        return str(known[3]) or file.sha256

    def note(self, file: ToKeep, seen: os.stat_result, sha256: str) -> None:
        told = "" if sha256 == file.sha256 else sha256
        self._now[self._name(file)] = [seen.st_size, seen.st_mtime_ns, seen.st_ino, told]

    def save(self) -> None:
        """What was not asked for in this backup is forgotten. Raises OSError."""
        replace_file(self._path, json.dumps(self._now).encode())

    def _name(self, file: ToKeep) -> str:
        return hmac.new(self._key, f"seen\n{file.name}".encode(), hashlib.sha256).hexdigest()


def naming_key(relay: Relay) -> bytes:
    """By which the objects of sealed backups are named; made at first use. Whoever loses it only loses room."""
    path = relay.folder(FOLDER) / "names.key"
    if not path.exists():
        part = draft_of(path)
        write_new(part, secrets.token_bytes(32))
        try:
            path.hardlink_to(part)
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_bytes()


def _read(path: Path) -> dict[str, list[object]]:
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}
