"""A bucket behind obstore: errors in plain words, and each object with the sha256 of its bytes.

obstore tries again by itself what a bad network breaks, also in the middle of a download. An object appears whole or
not at all: a small one by one conditional request (`If-None-Match: *`), a large one when the last of its parts is
there. What is read is compared with the sum that stands beside it.
Source: https://developmentseed.org/obstore, https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import urlsplit

from relay.config import Settings
from relay.errors import ConfigError, NotFound, StorageDown
from relay.media.files import PRIVATE

if TYPE_CHECKING:
    from obstore.store import S3Store

SUM = "sha256"
"""The name of the sum among an object's attributes (`x-amz-meta-sha256`)."""
IN_ONE = 16 * 1024 * 1024
"""Bytes up to which a file goes up in one request, which holds it in memory."""
PIECE = 8 * 1024 * 1024
AT_ONCE = 4
"""Parts of one file that are on their way at the same time: each is in memory."""
CHUNK = 256 * 1024
TRIES = 5
TRIED_FOR = timedelta(seconds=60)
LINK_LASTS = timedelta(minutes=15)
LONGEST_REASON = 160
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".mp4": "video/mp4", ".json": "application/json"}


@dataclass(frozen=True, slots=True)
class BucketObject:
    """`name`: below the prefix. `sha256`: empty in lists, and where another program has put it there.

    `version`: set where the bucket keeps what is deleted.
    """

    name: str
    size: int
    at: datetime
    sha256: str = ""
    version: str = ""


class Bucket:
    """`s3://name/prefix` of the settings. Everything raises StorageDown when the bucket can't be reached or refuses."""

    def __init__(self, settings: Settings, url: str = "") -> None:
        parts = urlsplit(url or settings.media_url)
        self.name, self.prefix = parts.netloc, parts.path.strip("/")
        self._settings = settings

    def check(self) -> None:
        """That all that it needs is installed; asks no network. Raises ConfigError."""
        _ = self._store

    def put(self, name: str, path: Path, sha256: str, *, replace: bool = False) -> bool:
        """Whether it was put there now; False where the name is taken, unless it is to be replaced."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        attributes = {SUM: sha256, "Content-Type": TYPES.get(path.suffix or Path(name).suffix, "binary/octet-stream")}
        size = path.stat().st_size
        with self._told(name):
            if size <= IN_ONE or replace:
                try:
                    obstore.put(
                        self._store,
                        name,
                        path,
                        mode="overwrite" if replace else "create",
                        attributes=attributes,
                        use_multipart=replace and size > IN_ONE,
                        chunk_size=PIECE,
                        max_concurrency=AT_ONCE,
                    )
                except AlreadyExistsError:
                    return False
                return True
        if self.has(name):
            return False
        return self.put(name, path, sha256, replace=True)

    def claim(self, name: str) -> bool:
        """Takes a name that nobody has, with an empty object, which `put(…, replace=True)` fills."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._told(name):
            try:
                obstore.put(self._store, name, b"", mode="create")
            except AlreadyExistsError:
                return False
        return True

    def look(self, name: str) -> BucketObject:
        """Raises NotFound."""
        import obstore

        with self._told(name):
            found = obstore.get(self._store, name, options={"head": True})
            return _object(found.meta, dict(found.attributes))

    def has(self, name: str) -> bool:
        try:
            self.look(name)
        except NotFound:
            return False
        return True

    def bring(self, name: str, to: Path) -> BucketObject:
        """Writes it to `to`, down to the disk. Raises NotFound, and StorageDown for bytes of another sum."""
        import obstore

        with self._told(name):
            found = obstore.get(self._store, name)
            told, summed = _object(found.meta, dict(found.attributes)), hashlib.sha256()
            handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
            with os.fdopen(handle, "wb") as file:
                for chunk in found.stream(min_chunk_size=CHUNK):
                    summed.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        if to.stat().st_size != told.size or summed.hexdigest() != (told.sha256 or summed.hexdigest()):
            raise StorageDown(
                "{name} came from the object store in another shape than it was put there.",
                hint="Try again; if it stays so, run: relay doctor --deep",
                name=name,
            )
        return told

    def digest(self, name: str) -> str:
        """The sha256 of the bytes as they are now. Reads all of them. Raises NotFound."""
        import obstore

        summed = hashlib.sha256()
        with self._told(name):
            for chunk in obstore.get(self._store, name).stream(min_chunk_size=CHUNK):
                summed.update(chunk)
        return summed.hexdigest()

    def range(self, name: str, start: int, length: int) -> BinaryIO:
        """Up to `length` bytes from `start`; past the end there are none. Raises NotFound."""
        size = self.look(name).size
        last = min(size, start + length)
        return cast(BinaryIO, io.BufferedReader(_Pieces(self._pieces(name, start, last)), CHUNK))

    def _pieces(self, name: str, start: int, last: int) -> Iterator[bytes]:
        import obstore

        if start >= last:
            return
        with self._told(name):
            for chunk in obstore.get(self._store, name, options={"range": (start, last)}).stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    def delete(self, name: str) -> None:
        """What is not there is no fault."""
        import obstore

        with self._told(name):
            try:
                obstore.delete(self._store, name)
            except FileNotFoundError:
                return

    def list(self, prefix: str = "") -> Iterator[BucketObject]:
        """Those whose names begin with it, in the order of the names (bytes), which S3 keeps."""
        import obstore

        folder, _, begin = prefix.rpartition("/")
        with self._told(prefix):
            for page in obstore.list(self._store, folder or None):
                for meta in page:
                    if str(meta["path"]).startswith(f"{folder}/{begin}" if folder else begin):
                        yield _object(meta, {})

    @property
    def has_links(self) -> bool:
        return bool(self._settings.media_links)

    def link(self, name: str) -> str:
        """A link for a browser, by the address that browsers reach, for a few minutes."""
        import obstore

        with self._told(name):
            return str(obstore.sign(self._for_browsers, "GET", name, LINK_LASTS))

    @cached_property
    def _store(self) -> S3Store:
        return self._opened(self._settings.media_endpoint)

    @cached_property
    def _for_browsers(self) -> S3Store:
        return self._opened(self._settings.media_links)

    def _opened(self, endpoint: str) -> S3Store:
        try:
            from obstore.store import S3Store
        except ModuleNotFoundError as error:
            raise ConfigError(
                "RELAY_MEDIA_URL names an object store, which needs the extra s3.",
                hint='Run: pip install "hashtag-relay[s3]"',
            ) from error
        settings = self._settings
        options: dict[str, Any] = {
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=10),
            "read_timeout": timedelta(seconds=30),
            "timeout": timedelta(hours=1),
        }
        if settings.proxy and not endpoint.startswith("http://"):
            options["proxy_url"] = settings.proxy
        if settings.trusted_file is not None:
            options["root_certificate"] = settings.trusted_file.read_bytes()
        named = {
            "endpoint": endpoint,
            "region": settings.media_region,
            "access_key_id": settings.media_access_key.get_secret_value(),
            "secret_access_key": settings.media_secret_key.get_secret_value(),
        }
        given = cast(Any, {key: value for key, value in named.items() if value})
        retries = {"max_retries": TRIES, "retry_timeout": TRIED_FOR}
        return S3Store(
            self.name, prefix=self.prefix or None, config=given, client_options=cast(Any, options),
            retry_config=cast(Any, retries),
        )  # fmt: skip

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise StorageDown(
                    "There is no bucket {bucket}.", hint="See RELAY_MEDIA_URL.", bucket=self.name
                ) from error
            raise NotFound("The media store has no {name}.", hint="Run: relay doctor", name=name) from error
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise StorageDown(
                "The object store refuses Relay's key ({why}).",
                hint="See RELAY_MEDIA_ACCESS_KEY and RELAY_MEDIA_SECRET_KEY.",
                why=_reason(error),
            ) from error
        except BaseError as error:
            raise StorageDown(
                "The object store doesn't do what it is asked ({why}).",
                hint="Nothing was lost; it is tried again.",
                why=_reason(error),
            ) from error


class _Pieces(io.RawIOBase):
    """Chunks, as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._left = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        self._left = self._left or next(self._chunks, b"")
        count = min(len(view), len(self._left))
        view[:count], self._left = self._left[:count], self._left[count:]
        return count


def _object(meta: Any, attributes: dict[str, str]) -> BucketObject:
    version = meta.get("version") or ""
    return BucketObject(
        name=str(meta["path"]),
        size=int(meta["size"]),
        at=meta["last_modified"],
        sha256=str(attributes.get(SUM, "")),
        version="" if version == "null" else str(version),
    )


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:LONGEST_REASON]
