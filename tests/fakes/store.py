from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from relay.errors import NotFound, Refused
from relay.media.vault import KEY
from relay.ports import StoredFile


class FakeStore:
    """A media store in a dict."""

    def __init__(self) -> None:
        self._bytes: dict[str, bytes] = {}

    def put(self, key: str, path: Path) -> None:
        self._bytes.setdefault(_checked(key), path.read_bytes())
        path.unlink()

    def local(self, key: str) -> Path:
        """A file made for the occasion, as an object store would have to."""
        path = Path(tempfile.mkdtemp()) / "local"
        path.write_bytes(self._find(key))
        path.chmod(0o400)
        return path

    def at_hand(self, key: str) -> Path | None:
        return self.local(key) if self.has(key) else None

    def facts(self, key: str) -> StoredFile:
        return StoredFile(len(self._find(key)), datetime(2023, 1, 1, tzinfo=UTC))

    def digest(self, key: str) -> str:
        return hashlib.sha256(self._find(key)).hexdigest()

    def range(self, key: str, start: int, length: int) -> BinaryIO:
        return io.BytesIO(self._find(key)[max(0, start) :][: max(0, length)])

    def delete(self, key: str) -> None:
        self._bytes.pop(_checked(key), None)

    def release(self, key: str) -> None:
        _checked(key)

    def list(self, prefix: str = "") -> Iterator[str]:
        yield from sorted(key for key in self._bytes if key.startswith(prefix))

    def has(self, key: str) -> bool:
        return _checked(key) in self._bytes

    def url(self, key: str) -> str | None:
        _checked(key)
        return None

    def _find(self, key: str) -> bytes:
        if _checked(key) not in self._bytes:
            raise NotFound(f"The media store has no {key}.")
        return self._bytes[key]


def _checked(key: str) -> str:
    if KEY.fullmatch(key) is None:
        raise Refused(f"{key[:80]!r} is no key of the media store.")
    return key
