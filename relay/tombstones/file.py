"""The file of tombstones that lies beside the backups, so that a backup that is older than a withdrawal revives nobody.

One JSON document a line; the first says whose key it is, how many follow and what they sum up to, so that a file that
lost its end, or was changed, is refused. Hashes only: it can lie where nobody may see a video.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.sentence import as_sentence
from relay.media.files import replace_file
from relay.models import Tombstone, TombstoneKind
from relay.tombstones.key import TombstoneKey

NAME = "tombstones.jsonl"
PLACES = "tombstone-places.json"
FORM = 1


def read(path: Path, key: TombstoneKey) -> list[Tombstone]:
    """The tombstones of a file, as rows that are in no database yet.

    Raises NotFound, and Refused for a file of another key, one that isn't whole, or that is something else.
    """
    try:
        first, _, rest = path.read_bytes().partition(b"\n")
    except FileNotFoundError as error:
        raise NotFound("There is no file of tombstones at {path}.", path=path) from error
    except OSError as error:
        raise Refused("{path} can't be read ({why}).", path=path, why=as_sentence(error.strerror)) from error
    head = _document(first, path)
    if head.get("relay_tombstones") != FORM:
        raise Refused("{path} is not a file of tombstones.", path=path)
    if head.get("key") != key.name:
        raise Refused(
            "The tombstones in {path} were made with another key than this backup's.",
            hint="Take the file of the installation that made the backup.",
            path=path,
        )
    if head.get("sum") != key.sum_of(rest):
        raise Refused("The file of tombstones {path} is not whole.", hint="Take another copy of it.", path=path)
    return [_row(_document(line, path)) for line in rest.splitlines()]


def find(archive: Path, given: Path | None = None) -> Path | None:
    """The file that was `given`, else the one beside the archive; None where there is none. Raises NotFound."""
    if given is not None:
        if not given.is_file():
            raise NotFound("There is no file of tombstones at {path}.", path=given)
        return given
    near = archive.absolute().parent / NAME
    return near if near.is_file() else None


def write(path: Path, rows: Sequence[Tombstone], key: TombstoneKey, now: datetime) -> None:
    """Puts all of them into the file, whole or not at all, for its owner's eyes. Raises OSError."""
    rest = b"".join(_line(row) for row in rows)
    head = {
        "relay_tombstones": FORM,
        "key": key.name,
        "written_at": now.isoformat(),
        "count": len(rows),
        "sum": key.sum_of(rest),
    }
    replace_file(path, orjson.dumps(head) + b"\n" + rest, mode=0o600)


def all_of(session: Session) -> list[Tombstone]:
    return list(session.exec(select(Tombstone).order_by(col(Tombstone.id))))


def note_place(relay: Relay, folder: Path) -> None:
    """Backups lie in this folder from now on: its file of tombstones is kept up to date."""
    places = {str(place) for place in _noted(relay)} | {str(folder.absolute())}
    replace_file(relay.folder() / PLACES, orjson.dumps(sorted(places)), mode=0o600)


def places(relay: Relay) -> list[Path]:
    """Where the files lie: in the data folder, and in each folder that backups were written to."""
    return [relay.settings.data_dir.absolute() / NAME, *(folder / NAME for folder in _noted(relay))]


def keep_up(relay: Relay, key: TombstoneKey) -> list[Path]:
    """Writes every file anew; returns those that can't be reached just now, for whoever tells people of it.

    What a file knows that the database does not (it was restored from an older backup) stays in it: tombstones of the
    same key are only ever added.
    """
    missed: list[Path] = []
    with relay.reading() as session:
        rows = all_of(session)
    for path in places(relay):
        try:
            write(path, _joined(path, rows, key), key, relay.now())
        except (OSError, Refused):
            missed.append(path)
    return missed


def _joined(path: Path, rows: Sequence[Tombstone], key: TombstoneKey) -> list[Tombstone]:
    known = {(row.kind, row.digest) for row in rows}
    there = read(path, key) if path.is_file() else []
    return [*rows, *(row for row in there if (row.kind, row.digest) not in known)]


def _noted(relay: Relay) -> list[Path]:
    path = relay.settings.data_dir.absolute() / PLACES
    try:
        return [Path(place) for place in orjson.loads(path.read_bytes())]
    except (OSError, ValueError):
        return []


def _line(row: Tombstone) -> bytes:
    told: dict[str, Any] = {"kind": row.kind.value, "digest": row.digest, "erasure": row.erasure, "at": row.at}
    if row.sealed is not None:
        told["sealed"] = base64.b64encode(row.sealed).decode()
    if row.lifted_at is not None:
        told |= {"lifted_at": row.lifted_at, "lifted_by": row.lifted_by}
    return orjson.dumps(told) + b"\n"


def _row(told: dict[str, Any]) -> Tombstone:
    lifted = told.get("lifted_at")
    return Tombstone(
        kind=TombstoneKind(told["kind"]),
        digest=told["digest"],
        erasure=told["erasure"],
        at=datetime.fromisoformat(told["at"]),
        sealed=base64.b64decode(told["sealed"]) if "sealed" in told else None,
        lifted_at=datetime.fromisoformat(lifted) if lifted else None,
        lifted_by=told.get("lifted_by", ""),
    )


def _document(line: bytes, path: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except ValueError as error:
        raise Refused("{path} is not a file of tombstones.", path=path) from error
    if not isinstance(found, dict):
        raise Refused("{path} is not a file of tombstones.", path=path)
    return found
