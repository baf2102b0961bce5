"""The head of the chain on a day: the place and the seal of its last link. Kept elsewhere, it shows what was taken off
the end, and what was written anew by somebody who has the key.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text

from relay.chain.seals import ChainKeys
from relay.errors import Refused

LARGEST = 100_000
"""Bytes of a file with a head that are read."""
DIGITS = 64
WORDS = re.compile(r"([1-9][0-9]{0,9}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class ChainHead:
    """`position` 0: no link yet. `digest` in hex; `key`: which key sealed it; `at`: of that link, ISO, in UTC."""

    position: int
    digest: str
    at: str
    key: str

    @property
    def words(self) -> str:
        """The least that has to be kept of it, in one word."""
        return f"{self.position}:{self.digest}"

    def as_text(self) -> str:
        return json.dumps({"relay": "head of the record", **asdict(self)}, indent=2) + "\n"


def head(connection: Connection, keys: ChainKeys, *, before: datetime | None = None) -> ChainHead:
    """Of now, or as it stood at a time."""
    if before is None:
        found = connection.execute(_LAST).first()
    else:
        moment = f"{before.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
        found = connection.execute(_BEFORE, {"moment": moment}).first()
    if found is None:
        return ChainHead(0, "", "", keys.fingerprint)
    return ChainHead(found[0], _digest(found[1]), _moment(found[2]), keys.fingerprint)


def _digest(value: object) -> str:
    """In hex; empty where somebody has put something else than bytes there (`bytes(10**10)` would be ten gigabytes)."""
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else ""


def _moment(value: object) -> str:
    """ISO, in UTC; empty where it is no time any more."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    return at.isoformat(timespec="seconds") + "+00:00"


def head_of(words: str) -> ChainHead:
    """A head as it stands in a letter, or the name of a file with one. Raises Refused."""
    if found := WORDS.fullmatch(words.strip()):
        return ChainHead(int(found[1]), found[2], "", "")
    return read_head(Path(words))


def read_head(path: Path) -> ChainHead:
    """A head as `relay audit head --out` wrote it. Raises Refused."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(LARGEST))
        made = ChainHead(int(said["position"]), str(said["digest"]), str(said.get("at", "")), str(said.get("key", "")))
        whole = made.position >= 0 and len(bytes.fromhex(made.digest)) * 2 == (DIGITS if made.position else 0)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_head(path) from error
    if not whole:
        raise _no_head(path)
    return made


def _no_head(path: Path) -> Refused:
    return Refused(
        "{file} holds no head of the record.", hint="Write one by: relay audit head --out FILE", file=path.name
    )


_LAST = text("SELECT position, digest, at FROM chainlink ORDER BY position DESC LIMIT 1")
_BEFORE = text("SELECT position, digest, at FROM chainlink WHERE at < :moment ORDER BY position DESC LIMIT 1")
