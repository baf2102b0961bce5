"""Files that came over the desk and are not taken in yet: if a word beside one is missing, it need not come again.

They lie under names of ours; what the person calls a file is kept beside it.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from relay.context import Relay

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
KEPT_SECONDS = 24 * 3600
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class HeldFile:
    """`token`: by which the person's form names it again. `name`: what the person calls it."""

    token: str
    path: Path
    name: str


def begin(relay: Relay, name: str) -> HeldFile:
    """A place for a file; its bytes are written by the caller. What nobody asked for again for a day goes."""
    sweep(relay)
    token = secrets.token_urlsafe(24)
    folder = _room(relay) / token
    folder.mkdir()
    plain = plain_name(name)
    (folder / "name").write_text(plain, "utf-8")
    return HeldFile(token, folder / "file", plain)


def find(relay: Relay, token: str) -> HeldFile | None:
    """None for what is not there any more."""
    folder = _room(relay) / token
    if not TOKEN.fullmatch(token) or not (folder / "file").is_file():
        return None
    return HeldFile(token, folder / "file", (folder / "name").read_text("utf-8"))


def drop(held: HeldFile | None) -> None:
    if held is not None:
        shutil.rmtree(held.path.parent, ignore_errors=True)


def sweep(relay: Relay) -> None:
    for folder in _room(relay).iterdir():
        if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def plain_name(name: str) -> str:
    """The last part of a path, without what can't be shown."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(letter for letter in last if letter.isprintable()).strip()
    return kept[-LONGEST_NAME:] or "file"


def _room(relay: Relay) -> Path:
    return relay.folder("incoming", "held")
